using Arena.Collections;
using Arena.Diagnostics;

namespace Arena.Tests.Collections;

/// <summary>Containers on address space of their own: they never move, and give back what they do not use.</summary>
public sealed unsafe class SparseAllocatorTests : IDisposable
{
    private const nuint MostBytes = 64 << 20;

    private readonly PageArena _arena = new("test");
    private readonly SparseAllocator _sparse;

    public SparseAllocatorTests() => _sparse = new SparseAllocator(_arena, MostBytes, "rows");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void A_list_grows_to_its_maximum_without_moving()
    {
        using var list = new NativeList<long>(_sparse);
        using var neighbour = new NativeList<long>(_sparse);
        list.Add(7);
        neighbour.Add(8);
        ref var first = ref list[0];
        var span = list.AsSpan();
        var most = (int)(MostBytes / sizeof(long));
        for (var i = 1; i < most; i++)
            list.Add(i);
        first = 42;
        Assert.Equal((42, 42, most, 8), (list[0], span[0], list.Count, neighbour[0]));
        Assert.Equal(most - 1, list[most - 1]);

        var refused = Assert.Throws<ArenaOutOfMemoryException>(() => Add(in list));
        Assert.Contains("sparse allocator 'rows'", refused.Message);
        Assert.Contains("maximumBytes", refused.Message);
        Assert.Equal((most, 42), (list.Count, list[0]));

        static void Add(in NativeList<long> list)
        {
            var copy = list;
            copy.Add(1);
        }
    }

    [Fact]
    public void Trimming_gives_storage_back_and_disposing_gives_back_all()
    {
        var list = new NativeList<int>(_sparse);
        list.AddUninitialized(4_000_000).Fill(3);
        var large = _arena.CommittedBytes;
        Assert.True(_sparse.LiveBytes >= 16_000_000);
        var address = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref list[0]);
        while (list.Count > 1_000)
            list.RemoveAt(list.Count - 1);
        list.TrimExcess();
        Assert.True(_arena.CommittedBytes < large - 15_000_000, "the OS has the rest");
        Assert.Equal(address, (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref list[0]));
        Assert.All(list.AsSpan().ToArray(), item => Assert.Equal(3, item));
        list.AddUninitialized(1_000_000).Clear();
        Assert.Equal(address, (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref list[0]));

        list.Dispose();
        Assert.Equal((0, 0u, 0u), (_sparse.LiveCount, (uint)_sparse.LiveBytes, (uint)_arena.LentBytes));
    }

    [Fact]
    public void All_containers_live_in_it_and_keep_their_places()
    {
        using var queue = new NativeQueue<int>(_sparse);
        using var set = new NativeSparseSet<int>(_sparse);
        using var text = new NativeText(_sparse);
        queue.Enqueue(1);
        set.Add(5, 6);
        ref var value = ref set[5];
        for (var i = 0; i < 100_000; i++)
        {
            queue.Enqueue(i);
            set.Add(10 + i, i);
            text.Append($"{i} ");
        }
        value++;
        Assert.Equal((7, 100_001, 100_001), (set[5], set.Count, queue.Count));
    }

    [Fact]
    public void A_growth_that_the_budget_refuses_leaves_the_list_as_it_was()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "small", BudgetBytes = 1 << 20 });
        using var sparse = new SparseAllocator(arena, 16 << 20);
        using var list = new NativeList<long>(sparse);
        var added = 0;
        var refused = Record.Exception(() => Fill(list, ref added));
        Assert.IsType<ArenaOutOfMemoryException>(refused);
        Assert.True(added > 10_000);

        static void Fill(NativeList<long> list, ref int added)
        {
            try
            {
                for (; ; added++)
                    list.Add(added);
            }
            catch (ArenaOutOfMemoryException)
            {
                Assert.Equal(added, list.Count);
                for (var i = 0; i < added; i++)
                    Assert.Equal(i, list[i]);
                list.Dispose();
                throw;
            }
        }
    }

    [Fact]
    public void A_list_that_is_forgotten_is_a_leak_by_name()
    {
        var leaks = new List<LeakNotice>();
        _arena.LeaksFound += leaks.Add;
        using var tracker = LeakTracker.Attach(_arena);
        var list = new NativeList<int>(_sparse, 100);
        list.EnsureCapacity(100_000);
        var site = Assert.Single(tracker.Report().Sites);
        Assert.Equal(("SparseAllocatorTests.cs", 1), (Path.GetFileName(site.File), site.Count));
        Assert.True(site.Bytes >= 400_000);
        _sparse.Dispose();
        Assert.Equal(("sparse allocator", "rows", 1), (leaks[0].Kind, leaks[0].AllocatorName, leaks[0].LiveCount));
        Assert.Throws<ObjectDisposedException>(() => list.Dispose());
    }

    [Fact]
    public void A_bad_free_is_refused_and_a_bad_maximum_too()
    {
        AllocatorHandle handle = _sparse;
        var address = handle.Allocate(100);
        var refused = Assert.Throws<InvalidFreeException>(() => handle.Free(address + 16, 1));
        Assert.Equal((nuint)address + 16, refused.Address);
        handle.Free(address, 100);
        Assert.Throws<InvalidFreeException>(() => handle.Free(address, 100));
        Assert.Throws<InvalidFreeException>(() => handle.Reallocate(address, 100, 200));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SparseAllocator(_arena, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SparseAllocator(_arena, nuint.MaxValue));
        Assert.Throws<ArenaOutOfMemoryException>(() => handle.Allocate(MostBytes + 1));
        Assert.Equal(0, _sparse.LiveCount);
    }

    [Fact]
    public void It_makes_no_garbage() => Assert.Equal(0, Garbage.Of(() =>
    {
        using var list = new NativeList<int>(_sparse);
        for (var i = 0; i < 100_000; i++)
            list.Add(i);
        list.Clear();
        list.Add(1);
        list.TrimExcess();
    }));
}
