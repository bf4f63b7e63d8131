using Arena.Diagnostics;
using Arena.Pools;
using Arena.Report.Formats;
using Arena.Report.Model;
using Arena.Tests.Os;

namespace Arena.Tests.Relocation;

/// <summary>Compactions in a capture and in a report.</summary>
[Collection(nameof(PageSharingTests))]
public sealed unsafe class CompactionCaptureTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [LinuxFact]
    public void A_capture_has_the_work_of_each_allocator_and_what_it_could_gain()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "level", SharePages = true })
        {
            IgnoreLeaks = true,
        };
        using var pool = new Pool<Bytes64>(arena, new PoolOptions { Name = "shots" });
        using var heap = new RelocatableHeap(arena, "assets");
        using var plain = new Heap(arena, "plain");
        using var tracker = LeakTracker.Attach(arena);
        plain.Allocate(10);
        var random = new Random(1);
        foreach (var slot in Enumerable.Range(0, 40_000).Select(_ => (nint)pool.Allocate()).ToList())
        {
            if (random.Next(20) != 0)
                pool.Free((Bytes64*)slot);
        }
        List<RelocatableHandle> live = [];
        foreach (var handle in Enumerable.Range(0, 5_000).Select(i => heap.Allocate((nuint)(i % 900))).ToList())
        {
            if (random.Next(8) != 0)
                heap.Free(handle);
            else
                live.Add(handle);
        }
        using var pin = heap.Pin(live[^1]);
        using (var writer = CaptureWriter.Start(_path, tracker))
        {
            pool.CompactStep(TimeSpan.FromSeconds(10));
            heap.CompactStep(TimeSpan.FromSeconds(10));
            writer.Flush();
        }
        var capture = MemoryCapture.Read(_path);
        Assert.Null(capture.Problem);
        var allocators = Assert.Single(capture.Arenas).Allocators.ToDictionary(each => each.Name);
        Assert.Null(allocators["plain"].Compaction);
        var shots = allocators["shots"].Compaction!;
        Assert.Equal(pool.SharedPageCount * (long)PageArena.PageBytes, shots.SharedBytes);
        Assert.True(pool.SharedPageCount > 200);
        Assert.InRange(shots.ReturnedBytes, shots.SharedBytes, long.MaxValue);
        // A slot is copied once at most, because its page becomes a guest once.
        Assert.InRange(shots.MovedBytes, 64, 64 * pool.LiveCount);
        Assert.InRange(shots.GainableBytes, 1, 20_000 * 64);
        var statistics = heap.Statistics();
        Assert.Equal(
            new CaptureCompaction
            {
                MovedBytes = statistics.MovedBytes,
                ReturnedBytes = statistics.FreedBytes,
                GainableBytes = (long)statistics.GainableBytes,
                HoleCount = statistics.HoleCount,
                LargestHoleBytes = (long)statistics.LargestHoleBytes,
                PinnedCount = 1,
            },
            allocators["assets"].Compaction);
        Assert.True(statistics.MovedBytes > 0);
        Assert.True(statistics.FreedBytes > 0);
        var text = System.Text.Encoding.UTF8.GetString(ReportFile.Render(
            ReportSource.Of(capture, "level.arena", new ReportOptions()), ReportFormat.Markdown));
        Assert.Contains("| relocatable heap 'assets' | ", text, StringComparison.Ordinal);
        Assert.Contains("| pool 'shots' | ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("| heap 'plain' | ", text, StringComparison.Ordinal);
        // Everything goes: so does what is shared.
        pool.Clear();
        Assert.Equal(0, pool.Compaction!.SharedBytes);
    }

    [Fact]
    public void Without_the_section_an_allocator_has_no_compaction_and_a_cut_one_is_refused()
    {
        var whole = new ByteWriter(headerBytes: 0);
        AllocatorCompactionSection.Write(whole, 3, new CompactionCounters { PinnedCount = 1 });
        whole.End();
        var chunk = new ByteReader(whole.All);
        Assert.Equal(SectionKind.AllocatorCompaction, (SectionKind)chunk.Number());
        var contents = chunk.Bytes(chunk.Count()).ToArray();
        for (var length = 0; length < contents.Length; length++)
        {
            var part = contents[..length];
            Assert.Throws<InvalidDataException>(() => Add(new CaptureBuilder(), part));
        }
        Add(new CaptureBuilder(), contents);
        var section = new ByteReader(contents);
        Assert.Equal(1, AllocatorCompactionSection.Read(ref section, out var number).PinnedCount);
        Assert.Equal(3, number);
    }

    private static void Add(CaptureBuilder builder, byte[] contents)
    {
        var section = new ByteReader(contents);
        builder.Add(SectionKind.AllocatorCompaction, ref section, isLatest: true);
    }
}
