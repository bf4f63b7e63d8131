using Arena.Diagnostics;

namespace Arena.Tests.Report;

/// <summary>A small capture that is the same on every machine, and has names that try to be markup.</summary>
internal static class FixedCapture
{
    public const string Evil = "<script>alert('1')</script>";

    public const string MarkText = "level 2\u0001 " + Evil;

    private const int Samples = 24;

    public static MemoryCapture Make(string? problem = null) => new()
    {
        FormatVersion = new Version(1, 0),
        IsEnded = problem is null,
        Problem = problem,
        Seconds = 10 * Samples,
        Facts = new Dictionary<string, string>
        {
            ["started"] = "2026-03-14T15:09:26.0000000+00:00", ["process"] = Evil, ["machine"] = "X64",
        },
        SampleSeconds = Each(i => 10.0 * i),
        Sites =
        [
            Site("src/Mesh.cs", 118, "Load", null, Each(i => 1_000_000L + 4_096 * i)),
            Site("src\\Ui.cs", 7, "Draw", "ui|`x`", Each(i => 50_000L + 97 * (i * 7 % 5))),
            Site(Evil, 1, "\"onload='x\"", "&amp;\0\uD800", Each(_ => 1_234L)),
        ],
        Arenas = [Arena()],
        Process = [new CaptureProcess(0, 30_000_000, 2_000_000), new CaptureProcess(230, 31_000_000, 2_100_000)],
        Events =
        [
            new CaptureEvent(CaptureEventKind.Mark, 60, -1, 0, MarkText, ""),
            new CaptureEvent(CaptureEventKind.InvalidFree, 70, 0, 7, "double free of 0x10 " + Evil, "at A\nat B"),
        ],
        Snapshots =
        [
            new CaptureSnapshot("loaded", 50, 5, [new SnapshotRow("src/Mesh.cs", 118, "Load", null, 512, 10, 5_000)]),
            new CaptureSnapshot("end", 230, 23, [new SnapshotRow("src/Mesh.cs", 118, "Load", null, 512, 90, 45_000)]),
        ],
        Maps = [Map()],
        Tags = [new TagUse("ui|`x`", 9, 50_194, new MemoryBudget { HardBytes = 65_536 }, 2)],
        Overhead = new CaptureOverhead
        {
            TableBytes = 65_536, ManagedBytes = 4_096, TrackedCount = 400, FileBytes = 9_999, Writings = 24,
            WritingSeconds = 0.012, LongestWritingSeconds = 0.002, PairNanoseconds = 31.4,
            TrackingSeconds = 7.222e-5,
        },
    };

    private static CaptureArena Arena() => new()
    {
        Name = "level " + Evil,
        BaseAddress = 0x7f00_0000_0000,
        ReservedBytes = 1L << 30,
        AttachedSeconds = 0,
        Totals =
        [
            .. Each(i => new CaptureTotals
            {
                Seconds = 10 * i,
                LiveBytes = 1_051_234 + 4_096 * i,
                LeastLiveBytes = 1_051_234 + 4_096 * i,
                MostLiveBytes = 1_051_622 + 4_096 * i,
                CommittedBytes = 4 << 20,
                LentBytes = 4 << 20,
                PeakCommittedBytes = 5 << 20,
                Allocations = 100 * i,
                AllocatedBytes = 100_000 * i,
                Frees = 90 * i,
                Frame = i,
            }),
        ],
        Frames =
        [
            .. Each(i => new CaptureFrames
            {
                FirstFrame = i,
                Frames = 1,
                StartSeconds = 10 * i,
                Seconds = i == 9 ? 0.030 : 0.008,
                LongestSeconds = i == 9 ? 0.030 : 0.008,
                Allocations = 100,
                AllocatedBytes = 100_000,
                LiveBytes = 1_051_234 + 4_096 * i,
                PeakBytes = 1_060_000 + 4_096 * i,
            }),
        ],
        Allocators =
        [
            new CaptureAllocator
            {
                Number = 0, Arena = 0, Kind = "pool", Name = "walls", Tag = "ui|`x`",
                Compaction = new CaptureCompaction
                {
                    MovedBytes = 10_240, ReturnedBytes = 65_536, GainableBytes = 2_048, SharedBytes = 61_440,
                    HoleCount = 3, LargestHoleBytes = 512, PinnedCount = 1,
                },
            },
            new CaptureAllocator { Number = 1, Arena = 0, Kind = "buddy", Name = Evil },
        ],
    };

    // A slab of 4 KiB with 15 slots of 256 bytes behind its header, and a buddy of 64 KiB with a hole of 16 KiB.
    private static MemoryMap Map() => new()
    {
        Arena = 0,
        Seconds = 225,
        Frame = 22,
        IsComplete = true,
        Blocks =
        [
            new MapBlock
            {
                Allocator = 0, Offset = 0, ByteCount = 4_096, CommittedBytes = 4_096, CapacityBytes = 3_840,
                SlotBytes = 256, Runs = [new MapRun(256, 1_024, 4), new MapRun(2_048, 512, 2)],
            },
            new MapBlock
            {
                Allocator = 1, Offset = 65_536, ByteCount = 65_536, CommittedBytes = 65_536, CapacityBytes = 65_536,
                Runs = [new MapRun(65_536, 16_384, 1), new MapRun(65_536 + 32_768, 32_768, 3)],
            },
        ],
        Committed = [new MapRun(0, 8_192, 1), new MapRun(65_536, 65_536, 1)],
    };

    private static CaptureSite Site(string file, int line, string member, string? tag, long[] bytes) => new()
    {
        File = file,
        Line = line,
        Member = member,
        Tag = tag,
        Bytes = bytes,
        Counts = [.. bytes.Select(each => each / 100)],
        LiveBytes = bytes[^1],
        LiveCount = bytes[^1] / 100,
        Allocations = bytes[^1] / 10,
        AllocatedBytes = bytes[^1] * 10,
        ShortLived = line == 7 ? 40 : 0,
        ShortLivedBytes = line == 7 ? 4_000 : 0,
        LifetimeFrames = 1_000,
        OldestFrames = 23,
        OldestSeconds = 230,
        MeanAgeSeconds = 100,
        Stacks = line == 118 ? [new LeakStackTrace("Mesh.Load\nLevel.Open\n" + Evil, 3, 300)] : [],
    };

    private static T[] Each<T>(Func<int, T> value) => [.. Enumerable.Range(0, Samples).Select(value)];
}
