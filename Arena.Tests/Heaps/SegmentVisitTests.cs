using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Heaps;

/// <summary>A thread that stays inside one heap, in a long walk for example, stops no other heap.</summary>
public sealed unsafe class SegmentVisitTests
{
    private const nuint ArenaBytes = 2 << 20;
    private const nuint MostOfIt = ArenaBytes / 4 * 3;

    [Fact]
    public void A_visit_keeps_the_segments_of_the_visited_heap_only()
    {
        using var arena = Make();
        using var visited = new SharedHeap(arena);
        using var otherArena = Make();
        using var other = new SharedHeap(otherArena);
        using (var thread = new OtherThread())
        {
            var word = thread.Call(() => (nint)SegmentVisits.OwnFor(NumberOf(visited)));
            thread.Call(() => SegmentVisits.Enter<ManyThreads>((ulong*)word));
            Assert.True(ServesMost(other));
            Assert.False(ServesMost(visited));
            thread.Call(() => SegmentVisits.Leave<ManyThreads>((ulong*)word));
        }
        Assert.True(ServesMost(visited));
    }

    private static PageArena Make() => new(new PageArenaOptions { Name = "visits", ReserveBytes = ArenaBytes });

    private static int NumberOf(SharedHeap heap) => ((IHeapPlaces)heap).Blocks.NumberOfVisits;

    // Fills a third of the arena with small allocations, frees them, and asks for most of it as one block.
    private static bool ServesMost(SharedHeap heap)
    {
        var live = new nint[(int)ArenaBytes / 3 / 100];
        for (var i = 0; i < live.Length; i++)
            live[i] = (nint)heap.Allocate(100);
        foreach (var place in live)
            heap.Free((void*)place);
        if (!heap.TryAllocate(MostOfIt, 16, out var most))
            return false;
        heap.Free(most);
        return true;
    }
}
