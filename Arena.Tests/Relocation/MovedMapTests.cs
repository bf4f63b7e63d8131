using Arena.Diagnostics;
using Arena.Pools;
using Arena.Report.Charts;
using Arena.Report.Model;

namespace Arena.Tests.Relocation;

/// <summary>The memory map marks what a compaction has moved.</summary>
public sealed unsafe class MovedMapTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_map_shows_exactly_the_allocations_that_were_moved()
    {
        using var arena = new PageArena("level") { IgnoreLeaks = true };
        using var heap = new RelocatableHeap(arena, "assets");
        using var other = new RelocatableHeap(arena, "texts");
        using var plain = new Heap(arena, "plain");
        using var tracker = LeakTracker.Attach(arena);
        plain.Allocate(1000);
        var random = new Random(7);
        List<(RelocatableHeap Heap, RelocatableHandle Handle, nint Address)> live = [];
        for (var i = 0; i < 20_000; i++)
        {
            var of = i % 3 == 0 ? other : heap;
            live.Add((of, of.Allocate((nuint)random.Next(1, 700)), 0));
        }
        live.Add((heap, heap.Allocate(3 << 20), 0));
        Assert.DoesNotContain(Record().Maps[^1].Moved, static _ => true);
        live.RemoveAll(each => random.Next(4) != 0 && Free(each.Heap, each.Handle));
        for (var i = 0; i < live.Count; i++)
            live[i] = live[i] with { Address = AddressOf(live[i].Heap, live[i].Handle) };
        heap.Compact(300_000);
        other.Compact(200_000);

        var capture = Record();
        var map = capture.Maps[^1];
        var moved = live.Where(each => AddressOf(each.Heap, each.Handle) != each.Address).ToList();
        Assert.InRange(moved.Count, 500, live.Count - 500);
        Assert.Equal(moved.Count, map.Moved.Sum(run => run.Count));
        foreach (var (of, handle, before) in live)
        {
            var offset = AddressOf(of, handle) - (nint)arena.Base;
            var isShown = map.Moved.Any(run => run.Offset < offset && offset < run.Offset + run.ByteCount);
            Assert.Equal(AddressOf(of, handle) != before, isShown);
        }
        var model = Assert.Single(MapSums.Of(capture));
        Assert.Equal(moved.Count, model.MovedCount);
        Assert.Contains(model.Cells, cell => cell.IsMoved);
        Assert.Contains(model.Cells, cell => cell.LiveBytes > 0 && !cell.IsMoved);
        Assert.Equal(model.MovedBytes, model.Cells.Sum(cell => cell.MovedBytes));
        var svg = MapSvg.Of(model).ToString();
        Assert.Contains("class=\"mark\"", svg, StringComparison.Ordinal);
        Assert.Contains(", moved", svg, StringComparison.Ordinal);
        // What is allocated in place of a moved allocation was not moved.
        live.ForEach(each => Free(each.Heap, each.Handle));
        for (var i = 0; i < 1000; i++)
            heap.Allocate(100);
        Assert.Empty(Record().Maps[^1].Moved);

        MemoryCapture Record()
        {
            using (var writer = CaptureWriter.Start(_path, tracker))
                writer.RecordMap(tracker);
            return MemoryCapture.Read(_path);
        }
    }

    private static nint AddressOf(RelocatableHeap heap, RelocatableHandle handle)
    {
        fixed (byte* at = heap.Span(handle))
            return (nint)at;
    }

    private static bool Free(RelocatableHeap heap, RelocatableHandle handle)
    {
        heap.Free(handle);
        return true;
    }
}
