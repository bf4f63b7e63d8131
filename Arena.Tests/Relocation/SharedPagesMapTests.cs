using Arena.Diagnostics;
using Arena.Pools;
using Arena.Report.Charts;
using Arena.Report.Model;
using Arena.Tests.Os;

namespace Arena.Tests.Relocation;

[Collection(nameof(PageSharingTests))]
public sealed unsafe class SharedPagesMapTests
{
    private static readonly PageArenaOptions Options = new() { Name = "level", SharePages = true };

    [LinuxFact]
    public void A_map_shows_the_pages_that_have_no_storage_of_their_own()
    {
        using var arena = new PageArena(Options) { IgnoreLeaks = true };
        using var pool = new Pool<Bytes64>(arena);
        using var tracker = LeakTracker.Attach(arena);
        var random = new Random(1);
        foreach (var slot in Enumerable.Range(0, 20_000).Select(_ => (nint)pool.Allocate()).ToList())
        {
            if (random.Next(20) != 0)
                pool.Free((Bytes64*)slot);
        }
        pool.Trim();
        pool.Compact(int.MaxValue);
        var path = Path.GetTempFileName();
        try
        {
            using (var writer = CaptureWriter.Start(path, tracker))
                writer.RecordMap(tracker);
            var capture = MemoryCapture.Read(path);
            var map = capture.Maps[^1];
            var pageBytes = (long)PageArena.PageBytes;
            Assert.True(arena.SharedPageCount > 50);
            Assert.Equal(arena.SharedPageCount * pageBytes, map.Shared.Sum(run => run.ByteCount));
            Assert.Equal((long)arena.CommittedBytes, map.Committed.Sum(run => run.ByteCount) + TablesOf(arena));
            foreach (var run in map.Shared)
            {
                Assert.DoesNotContain(
                    map.Committed, stored => stored.Offset < run.Offset + run.ByteCount
                        && run.Offset < stored.Offset + stored.ByteCount);
            }
            var model = Assert.Single(MapSums.Of(capture));
            Assert.Equal(arena.SharedPageCount * pageBytes, model.SharedBytes);
            Assert.Equal(pool.LiveCount, model.LiveCount);
            Assert.Contains(model.Cells, cell => cell.IsShared);
            Assert.Equal(model.SharedBytes, model.Cells.Sum(cell => cell.SharedBytes));
            Assert.Contains(", on shared storage", MapSvg.Of(model).ToString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // What is committed beside the pages that are lent or kept.
    private static long TablesOf(PageArena arena) =>
        (long)(arena.CommittedBytes - arena.LentBytes - arena.KeptBytes);
}
