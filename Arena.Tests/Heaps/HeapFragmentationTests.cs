using Arena.Pools;

namespace Arena.Tests.Heaps;

public sealed unsafe class HeapFragmentationTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly Heap _heap;

    public HeapFragmentationTests() => _heap = new Heap(_arena);

    public void Dispose() => _arena.Dispose();

    [Theory]
    [InlineData(1, 400)]
    [InlineData(2, 20_000)]
    [InlineData(3, 400_000)]
    public void The_parts_add_up_and_bound_what_was_requested(int seed, int largestBytes)
    {
        var random = new Random(seed);
        var live = new List<(nint Address, int Requested)>();
        for (var step = 0; step < 20_000; step++)
        {
            if (random.Next(2) == 0 || live.Count == 0)
            {
                var bytes = random.Next(largestBytes);
                live.Add(((nint)_heap.Allocate((nuint)bytes), bytes));
            }
            else
            {
                var pick = random.Next(live.Count);
                _heap.Free((void*)live[pick].Address);
                live[pick] = live[^1];
                live.RemoveAt(live.Count - 1);
            }
        }
        var classes = new SizeClassUse[Heap.SizeClassCount];
        var found = _heap.Fragmentation(classes);
        Assert.Equal((live.Count, _heap.LiveBytes, _heap.CommittedBytes),
            (found.LiveCount, found.LiveBytes, found.CommittedBytes));
        Assert.Equal(found, _heap.Fragmentation());
        Assert.InRange(found.FreeBytes, found.LargestFreeBytes, found.CommittedBytes - found.LiveBytes);
        var requested = (nuint)live.Sum(entry => (long)entry.Requested);
        Assert.InRange(found.LiveBytes - requested, 0u, found.InternalBytesAtMost);
        var large = live.Where(entry => entry.Requested > SizeClasses.LargestBytes).ToArray();
        Assert.Equal(live.Count - large.Length, classes.Sum(use => use.LiveCount));
        foreach (var use in classes.Where(use => use.ByteCount != 0))
        {
            Assert.Equal(use.LiveCount, live.Count(
                entry => entry.Requested <= SizeClasses.LargestBytes
                    && SizeClasses.BytesOf(SizeClasses.ClassOf((nuint)entry.Requested)) == use.ByteCount));
        }
    }

    [Fact]
    public void The_largest_free_request_fits_without_another_page()
    {
        var places = Enumerable.Range(0, 300).Select(_ => (nint)_heap.Allocate(5000)).ToArray();
        for (var i = 0; i < 300; i++)
        {
            if (i / 10 % 2 == 0)
                _heap.Free((void*)places[i]);
        }
        var found = _heap.Fragmentation();
        Assert.InRange(found.LargestFreeBytes, 10 * 5000u, 12 * 5120u);
        Assert.InRange(found.External, 0.5, 1);
        var class_ = Enumerable.Range(0, SizeClasses.Count)
            .Last(c => (nuint)SizeClasses.BytesOf(c) <= found.LargestFreeBytes);
        _heap.Allocate((nuint)SizeClasses.BytesOf(class_));
        Assert.Equal(found.CommittedBytes, _heap.CommittedBytes);
    }

    [Fact]
    public void Asking_makes_no_garbage_and_refuses_room_for_some_classes_only()
    {
        for (var i = 0; i < 1000; i++)
            _heap.Allocate((nuint)(i * 50));
        var classes = new SizeClassUse[Heap.SizeClassCount];
        _heap.Fragmentation(classes);
        Assert.Equal(0, Garbage.Of(() => _heap.Fragmentation(classes)));
        var error = Assert.Throws<ArgumentException>(() => _heap.Fragmentation(new SizeClassUse[1]));
        Assert.StartsWith(
            "heap 'heap': 1 places are too few; give none, or 256.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_heap_is_not_fragmented()
    {
        var found = _heap.Fragmentation();
        Assert.Equal((0, (nuint)0, 0.0), (found.LiveCount, found.LiveBytes, found.External));
        Assert.Equal(0, default(HeapFragmentation).Utilization);
        Assert.Equal(0u, found.InternalBytesAtMost);
    }
}
