using Arena.Collections;
using Arena.Pools;

namespace Arena.Tests.Collections;

/// <summary>Default containers, copies, indexes and capacities that are none.</summary>
public sealed class MisuseTests : IDisposable
{
    // The OS would grant such a size, so it is not requested.
    private readonly PageArena _arena = new(new PageArenaOptions { Name = "test", BudgetBytes = 16 << 20 });
    private readonly Heap _heap;

    public MisuseTests() => _heap = new Heap(_arena);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Default_containers_read_as_empty()
    {
        Assert.Equal((0, 0), (default(NativeList<int>).Count, default(NativeList<int>).AsSpan().Length));
        Assert.False(default(NativeList<int>).TryPop(out _));
        Assert.False(default(NativeQueue<int>).TryPeek(out _));
        Assert.False(default(NativeQueue<int>).TryDequeue(out _));
        Assert.False(default(NativeDictionary<int, int>).ContainsKey(1));
        Assert.False(default(NativeDictionary<int, int>).Remove(1));
        Assert.False(default(NativeHashSet<int>).Contains(1));
        Assert.False(default(NativeSparseSet<int>).Contains(1));
        Assert.Equal((0, -1, -1), (default(NativeBitSet).Count, default(NativeBitSet).FirstSet(),
            default(NativeBitSet).FirstClear()));
        Assert.Equal("", default(NativeText).ToString());
        foreach (ref var item in default(NativeList<int>))
            item++;
        foreach (var pair in default(NativeDictionary<int, int>))
            pair.Value++;
        default(NativeList<int>).Dispose();
        default(NativeDictionary<int, int>).Dispose();
        default(NativeSparseSet<int>).Dispose();
        default(NativeDictionary<int, int>).Clear();
    }

    [Fact]
    public void A_mutation_of_a_default_container_asks_for_an_allocator()
    {
        AssertAsks(() => default(NativeList<int>).Add(1));
        AssertAsks(() => default(NativeList<int>).AddRange([1]));
        AssertAsks(() => default(NativeList<int>).Insert(0, 1));
        AssertAsks(() => default(NativeList<int>).EnsureCapacity(1));
        AssertAsks(() => default(NativeQueue<int>).Enqueue(1));
        AssertAsks(() => default(NativeQueue<int>).EnqueueFirst(1));
        AssertAsks(() => default(NativeDictionary<int, int>).TryAdd(1, 1));
        AssertAsks(() => default(NativeDictionary<int, int>).GetOrAdd(1, out _));
        AssertAsks(() => default(NativeHashSet<int>).Add(1));
        AssertAsks(() => default(NativeSparseSet<int>).Add(1, 1));
        AssertAsks(() => default(NativeBitSet).Set(1));
        AssertAsks(() => default(NativeText).Append("a"));
        AssertAsks(() => default(NativeText).Append($"a{1}"));
        AssertAsks(() => _ = new NativeList<int>(default(AllocatorHandle)));
    }

    [Fact]
    public void Disposing_makes_default_and_a_second_time_does_nothing()
    {
        var list = new NativeList<int>(_heap, 10);
        list.Add(1);
        list.Dispose();
        list.Dispose();
        Assert.Equal((0, 0), (list.Count, list.Capacity));
        AssertAsks(() => list.Add(1));
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void A_second_dispose_of_a_copy_is_an_invalid_free_whatever_lies_there_now()
    {
        var list = new NativeList<int>(_heap, 10);
        var copy = list;
        list.Dispose();
        AssertRefused(() => copy.Dispose());
        // The next list gets the same address.
        var next = new NativeList<int>(_heap, 10);
        next.Add(5);
        AssertRefused(() => copy.Dispose());
        Assert.Equal(5, next[0]);
        next.Dispose();
        Assert.Equal(0, _heap.LiveCount);

        var queue = new NativeQueue<int>(_heap, 10);
        var queueCopy = queue;
        queue.Dispose();
        AssertRefused(() => queueCopy.Dispose());
        var dictionary = new NativeDictionary<int, int>(_heap, 10);
        var dictionaryCopy = dictionary;
        dictionary.Dispose();
        AssertRefused(() => dictionaryCopy.Dispose());
        var set = new NativeSparseSet<int>(_heap, 10);
        var setCopy = set;
        set.Dispose();
        AssertRefused(() => setCopy.Dispose());
        var bits = new NativeBitSet(_heap, 10);
        var bitsCopy = bits;
        bits.Dispose();
        AssertRefused(() => bitsCopy.Dispose());
        var text = new NativeText(_heap, "text");
        var textCopy = text;
        text.Dispose();
        AssertRefused(() => textCopy.Dispose());
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void A_copy_of_what_has_grown_since_is_refused()
    {
        var list = new NativeList<long>(_heap, 4);
        list.AddRange([1, 2, 3, 4]);
        var copy = list;
        list.Add(5);
        AssertRefused(() => copy.Dispose());
        Assert.Throws<ObjectDisposedException>(() => copy.Add(5));
        Assert.Equal([1, 2, 3, 4, 5], list.AsSpan().ToArray());
        list.Dispose();
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void Indexes_are_checked()
    {
        var list = new NativeList<int>(_heap);
        list.Add(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[-1] = 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Insert(2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.RemoveAt(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.RemoveAtSwapBack(-1));
        var queue = new NativeQueue<int>(_heap, 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => queue[0]);
        var bits = new NativeBitSet(_heap, 10);
        Assert.Throws<ArgumentOutOfRangeException>(() => bits[10]);
        Assert.Throws<ArgumentOutOfRangeException>(() => bits.Set(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => bits.FirstSet(-1));
        var set = new NativeSparseSet<int>(_heap);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Add(-1, 1));
        Assert.Throws<KeyNotFoundException>(() => set[3]);
        Assert.False(set.Contains(int.MinValue));
        var dictionary = new NativeDictionary<int, int>(_heap);
        Assert.Throws<KeyNotFoundException>(() => dictionary[3]);
    }

    [Fact]
    public void Capacities_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeList<int>(_heap, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeQueue<int>(_heap, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeDictionary<int, int>(_heap, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeSparseSet<int>(_heap, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeBitSet(_heap, -1));
        Assert.Throws<ArenaOutOfMemoryException>(() => new NativeList<Guid>(_heap, int.MaxValue));
        Assert.Throws<ArenaOutOfMemoryException>(() => new NativeDictionary<Guid, Guid>(_heap, int.MaxValue));
        Assert.Throws<ArenaOutOfMemoryException>(() => new NativeSparseSet<Guid>(_heap, int.MaxValue));
        var set = new NativeSparseSet<Guid>(_heap);
        Assert.Throws<ArenaOutOfMemoryException>(() => set.Add(int.MaxValue, default));
        Assert.Equal(0, set.Count);
        set.Dispose();
        Assert.Equal(0, _heap.LiveCount);
    }

    private static void AssertAsks(Action mutation)
    {
        var exception = Assert.Throws<InvalidOperationException>(mutation);
        Assert.Contains("allocator", exception.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(Action dispose)
    {
        var exception = Assert.Throws<InvalidFreeException>(dispose);
        Assert.Contains("MisuseTests.cs", exception.Message, StringComparison.Ordinal);
        Assert.Contains("heap 'heap'", exception.Message, StringComparison.Ordinal);
    }
}
