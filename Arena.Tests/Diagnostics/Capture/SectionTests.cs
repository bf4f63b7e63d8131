using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Capture;

/// <summary>Each section reads back what it writes: every field has a different value here.</summary>
public sealed class SectionTests
{
    private readonly ByteWriter _chunk = new(headerBytes: 0);

    private delegate T Reading<T>(ref ByteReader section);

    [Fact]
    public void Names_are_read_as_they_were_written()
    {
        TextSection.Write(_chunk, 7, "Größe");
        Assert.Equal((7, "Größe"), Read(SectionKind.Text, TextSection.Read));
        var arena = new ArenaSection
        {
            Number = 1,
            Name = 2,
            BaseAddress = ulong.MaxValue - 3,
            ReservedBytes = 4L << 40,
            BudgetBytes = 5,
            SampleBytes = 6,
            AttachedSeconds = -7.5,
        };
        arena.Write(_chunk);
        Assert.Equal(arena, Read(SectionKind.Arena, ArenaSection.Read));
        var allocator = new AllocatorSection(1, 2, 3, 4, 5);
        allocator.Write(_chunk);
        Assert.Equal(allocator, Read(SectionKind.Allocator, AllocatorSection.Read));
        var site = new SiteSection(1, 2, 3, 4, 5);
        site.Write(_chunk);
        Assert.Equal(site, Read(SectionKind.Site, SiteSection.Read));
        AllocatorGoneSection.Write(_chunk, 300);
        Assert.Equal(300, Read(SectionKind.AllocatorGone, AllocatorGoneSection.Read));
        FactsSection.Write(_chunk, ("machine", "x64"), ("system", "Linux"));
        var facts = new Dictionary<string, string>();
        Read(SectionKind.Facts, (ref ByteReader section) =>
        {
            FactsSection.Read(ref section, facts);
            return 0;
        });
        Assert.Equal([KeyValuePair.Create("machine", "x64"), KeyValuePair.Create("system", "Linux")], facts);
    }

    [Fact]
    public void Totals_are_read_as_they_were_written()
    {
        TimeSection.Write(_chunk, 1.25);
        Assert.Equal(1.25, Read(SectionKind.Time, TimeSection.Read));
        ProcessSection.Write(_chunk, 1, 2);
        Assert.Equal(
            new CaptureProcess(9, 1, 2),
            Read(SectionKind.Process, (ref ByteReader section) => ProcessSection.Read(ref section, 9)));
        var totals = new CaptureTotals
        {
            Seconds = 9,
            LiveBytes = 1,
            LeastLiveBytes = 2,
            MostLiveBytes = 3,
            BeforeBytes = 4,
            BeforeCount = 5,
            CommittedBytes = 6,
            LentBytes = 7,
            PeakCommittedBytes = 8,
            Allocations = 10,
            AllocatedBytes = 11,
            Frees = 12,
            FreedBytes = 13,
            ColdCalls = 14,
            ColdSeconds = 15,
            Frame = 16,
        };
        TotalsSection.Write(_chunk, 17, in totals);
        Assert.Equal((17, totals), Read(SectionKind.Totals, (ref ByteReader section) =>
        {
            var read = TotalsSection.Read(ref section, 9, out var arena);
            return (arena, read);
        }));
        var use = new AllocatorUseSection
        {
            Allocator = 1,
            TrackedBytes = 2,
            CountAtAttach = 3,
            BytesAtAttach = 4,
            BeforeCount = 5,
            BeforeBytes = 6,
        };
        use.Write(_chunk);
        Assert.Equal(use, Read(SectionKind.AllocatorUse, AllocatorUseSection.Read));
        var counters = new CompactionCounters { SharedBytes = 3, GainableBytes = 4, PinnedCount = 7 };
        counters.Add(1, 2);
        counters.SetHoles(5, 6);
        AllocatorCompactionSection.Write(_chunk, 300, counters);
        var compaction = new CaptureCompaction
        {
            MovedBytes = 1,
            ReturnedBytes = 2,
            SharedBytes = 3,
            GainableBytes = 4,
            HoleCount = 5,
            LargestHoleBytes = 6,
            PinnedCount = 7,
        };
        Assert.Equal((300, compaction), Read(SectionKind.AllocatorCompaction, (ref ByteReader section) =>
        {
            var read = AllocatorCompactionSection.Read(ref section, out var number);
            return (number, read);
        }));
        var tag = new TagUse(null, 1, 2, new MemoryBudget { SoftBytes = 3, HardBytes = 4 }, 5);
        TagSection.Write(_chunk, 6, tag);
        Assert.Equal((6, tag), Read(SectionKind.Tags, (ref ByteReader section) =>
        {
            var read = TagSection.Read(ref section, out var name);
            return (name, read);
        }));
        var cost = new CostSection
        {
            TableBytes = 1,
            ManagedBytes = 2,
            TrackedCount = 3,
            UntrackedCount = 4,
            DroppedEvents = 5,
            FileBytes = 6,
            Writings = 7,
            WritingSeconds = 8,
            LongestWritingSeconds = 9,
            PairNanoseconds = 10,
        };
        cost.Write(_chunk);
        var overhead = Read(SectionKind.Cost, CostSection.Read);
        Assert.Equal((1L, 2L, 3L, 4L, 5L), (overhead.TableBytes, overhead.ManagedBytes, overhead.TrackedCount,
            overhead.UntrackedCount, overhead.DroppedEvents));
        Assert.Equal((6L, 7L, 8d, 9d, 10d), (overhead.FileBytes, overhead.Writings, overhead.WritingSeconds,
            overhead.LongestWritingSeconds, overhead.PairNanoseconds));
    }

    [Fact]
    public void Frames_and_events_are_read_as_they_were_written()
    {
        CaptureFrames[] blocks =
        [
            Frames(first: 40, frames: 1, start: 2, coldCalls: 0, coldSeconds: 0),
            Frames(first: 41, frames: 3, start: 2.5, coldCalls: 4, coldSeconds: 0.25),
        ];
        FramesSection.Write(_chunk, 6, blocks, secondsAtAttach: -1);
        var frames = new List<CaptureFrames>();
        Assert.Equal(6, Read(SectionKind.Frames, (ref ByteReader section) =>
        {
            var arena = FramesSection.ReadArena(ref section);
            FramesSection.ReadFrames(ref section, frames);
            return arena;
        }));
        Assert.Equal(blocks.Select(block => block with { StartSeconds = block.StartSeconds - 1 }), frames);
        var captured = new CaptureEvent((CaptureEventKind)3, 1.5, -1, 77, "text", "stack");
        EventSection.Write(_chunk, captured);
        Assert.Equal(captured, Read(SectionKind.Event, EventSection.Read));
    }

    [Fact]
    public void Sites_are_read_as_they_were_written()
    {
        var last = -1;
        SiteSampleSection.Begin(_chunk, all: false);
        SiteSampleSection.WriteEntry(_chunk, ref last, 0, -5, -1);
        SiteSampleSection.WriteEntry(_chunk, ref last, 900, 1L << 40, 2);
        var number = -1;
        Assert.Equal(
            [(0, -5, -1), (900, 1L << 40, 2)],
            Read(SectionKind.SiteChanges, (ref ByteReader section) =>
            {
                List<(int, long, long)> read = [];
                while (!section.AtEnd)
                {
                    var (bytes, count) = SiteSampleSection.ReadEntry(ref section, ref number);
                    read.Add((number, bytes, count));
                }
                return read;
            }));
        var counts = new SiteCounts(1, 2, 3, 4, 5, 6, 7, 8);
        last = number = -1;
        SiteCountersSection.Begin(_chunk);
        SiteCountersSection.WriteEntry(_chunk, ref last, 12, in counts);
        Assert.Equal((counts, 12), Read(
            SectionKind.SiteCounters,
            (ref ByteReader section) => (SiteCountersSection.ReadEntry(ref section, ref number), number)));
        var ages = new SiteAges(1, 2, 3);
        SiteAgesSection.Write(_chunk, 4, in ages);
        Assert.Equal((ages, 4), Read(
            SectionKind.SiteAges, (ref ByteReader section) => (SiteAgesSection.Read(ref section, out var site), site)));
        var stack = new LeakStackTrace("frames", 1, 2);
        StackSection.Write(_chunk, 3, stack);
        Assert.Equal((stack, 3), Read(
            SectionKind.Stacks, (ref ByteReader section) => (StackSection.Read(ref section, out var site), site)));
        SnapshotSection.Begin(_chunk, "now", 1.5, 2);
        SnapshotSection.WriteEntry(_chunk, 3, 4, 5, 6);
        Assert.Equal((("now", 1.5, 2L), (3, 4, 5L, 6L)), Read(
            SectionKind.Snapshot,
            (ref ByteReader section) =>
                (SnapshotSection.ReadHead(ref section), SnapshotSection.ReadEntry(ref section))));
    }

    [Fact]
    public void A_map_is_read_as_it_was_written()
    {
        MapHeaderSection.Write(_chunk, 1, 2.5, 3);
        var map = Read(SectionKind.MapHeader, MapHeaderSection.Read);
        Assert.Equal((1, 2.5, 3L), (map.Arena, map.Seconds, map.Frame));
        MapBlockSection.Begin(_chunk, 4, new BlockPicture(0x5000, 600, 500, 8), arenaBase: 0x1000);
        MapBlockSection.WriteRun(_chunk, gap: 16, byteCount: 32, count: 2);
        MapBlockSection.WriteRun(_chunk, gap: 8, byteCount: 24, count: 3);
        var block = Read(SectionKind.MapBlock, MapBlockSection.Read);
        Assert.Equal(
            (4, 0x4000L, 600L, 500L, 8L),
            (block.Allocator, block.Offset, block.ByteCount, block.CapacityBytes, block.SlotBytes));
        Assert.Equal([new MapRun(0x4010, 32, 2), new MapRun(0x4038, 24, 3)], block.Runs);
        MapCommittedSection.Begin(_chunk);
        MapCommittedSection.WriteRun(_chunk, gap: 4096, byteCount: 8192);
        MapCommittedSection.WriteRun(_chunk, gap: 4096, byteCount: 4096);
        List<MapRun> committed = [];
        Read(SectionKind.MapCommitted, (ref ByteReader section) =>
        {
            MapCommittedSection.Read(ref section, committed);
            return 0;
        });
        Assert.Equal([new MapRun(4096, 8192, 1), new MapRun(16384, 4096, 1)], committed);
        MapCommittedSection.BeginShared(_chunk);
        MapCommittedSection.WriteRun(_chunk, gap: 12288, byteCount: 4096);
        List<MapRun> shared = [];
        Read(SectionKind.MapShared, (ref ByteReader section) =>
        {
            MapCommittedSection.Read(ref section, shared);
            return 0;
        });
        Assert.Equal([new MapRun(12288, 4096, 1)], shared);
        MapEndSection.Write(_chunk);
        Read(SectionKind.MapEnd, (ref ByteReader _) => 0);
    }

    private static CaptureFrames Frames(
        long first, int frames, double start, long coldCalls, double coldSeconds) => new()
    {
        FirstFrame = first,
        Frames = frames,
        StartSeconds = start,
        Seconds = 0.5,
        LongestSeconds = frames > 1 ? 0.375 : 0.5,
        Allocations = first + 1,
        AllocatedBytes = first + 2,
        Frees = first + 3,
        FreedBytes = first + 4,
        LiveBytes = first + 5,
        PeakBytes = first + 60,
        ColdCalls = coldCalls,
        ColdSeconds = coldSeconds,
    };

    // The one section that was written, to its last byte.
    private T Read<T>(SectionKind kind, Reading<T> read)
    {
        _chunk.End();
        var reader = new ByteReader(_chunk.All);
        Assert.Equal(kind, (SectionKind)reader.Number());
        var section = new ByteReader(reader.Bytes(reader.Count()));
        Assert.True(reader.AtEnd);
        var value = read(ref section);
        Assert.True(section.AtEnd, $"{kind} leaves {section.Remaining} bytes");
        _chunk.Clear();
        return value;
    }
}
