using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Arena.Pools;

namespace Arena.Tests.Pools;

/// <summary>The calls for programs without pointers, in code that has none.</summary>
public sealed class TypedCallTests : IDisposable
{
    private readonly PageArena _arena = new("typed");
    private readonly List<LeakNotice> _leaks = [];

    public TypedCallTests() => _arena.LeaksFound += _leaks.Add;

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void A_value_is_added_found_and_freed_by_reference()
    {
        using var pool = new Pool<Line64>(_arena);
        ref var first = ref pool.Add(new Line64 { First = 1 });
        ref var second = ref pool.Add(in first);
        second.Second = 2;
        var copy = first;
        Assert.Equal((1, 0, 1, 2), (first.First, first.Second, second.First, second.Second));
        Assert.True(pool.Contains(ref first) && pool.Contains(ref second) && !pool.Contains(ref copy));
        pool.Free(ref first);
        Assert.False(pool.Contains(ref first));
        Assert.Equal(1, pool.LiveCount);
        Assert.Throws<InvalidFreeException>(() => pool.Free(ref Elsewhere()));
        pool.Free(ref second);
        pool.Free(ref Unsafe.NullRef<Line64>());
        Assert.Equal(0, pool.LiveCount);
    }

    [Fact]
    public void The_current_value_of_a_walk_is_freed_by_reference()
    {
        using var pool = new Pool<Line64>(_arena);
        for (var i = 0; i < 1_000; i++)
            pool.Add(new Line64 { First = i });
        foreach (ref var value in pool)
        {
            if (value.First % 3 != 0)
                pool.Free(ref value);
        }
        Assert.Equal(334, pool.LiveCount);
        foreach (ref var value in pool)
        {
            Assert.Equal(0, value.First % 3);
            pool.Free(ref value);
        }
    }

    [Fact]
    public void Every_slot_is_contained_exactly_as_long_as_it_lives()
    {
        using var pool = new Pool<Inode>(_arena, new PoolOptions { SlabBytes = 16 << 10 });
        var random = new Random(7);
        var live = new List<nint>();
        var dead = new List<nint>();
        for (var step = 0; step < 3_000; step++)
        {
            if (live.Count == 0 || random.Next(100) < 55)
            {
                var slot = Address(ref pool.Add(default));
                dead.Remove(slot);
                live.Add(slot);
            }
            else
            {
                var at = random.Next(live.Count);
                pool.Free(ref At<Inode>(live[at]));
                dead.Add(live[at]);
                live.RemoveAt(at);
            }
            if (step % 50 != 0)
                continue;
            Assert.All(live, slot => Assert.True(pool.Contains(ref At<Inode>(slot))));
            Assert.All(dead, slot => Assert.False(pool.Contains(ref At<Inode>(slot))));
        }
        pool.Clear();
        Assert.All(live, slot => Assert.False(pool.Contains(ref At<Inode>(slot))));
    }

    [Fact]
    public void A_handle_is_found_without_an_exception()
    {
        using var map = new HandleMap<Line64>(_arena, new PoolOptions { Tag = "ships" });
        var handle = map.Allocate(new Line64 { First = 4 });
        Assert.True(map.Contains(handle));
        map.Find(handle, out var found).Second = 5;
        Assert.True(found);
        Assert.Equal(5, map[handle].Second);
        Assert.True(map.Free(handle));
        map.Find(handle, out found);
        Assert.False(found || map.Contains(handle) || map.Contains(default));
        Assert.Equal(("ships", _arena), (map.Tag, map.Arena));
    }

    public static TheoryData<string> GeneralAllocators => ["heap", "shared heap", "buddy"];

    [Theory]
    [MemberData(nameof(GeneralAllocators))]
    public void Spans_are_allocated_resized_and_freed(string kind)
    {
        using var allocator = Make(kind);
        var span = allocator.AllocateSpan<int>(100);
        for (var i = 0; i < span.Length; i++)
            span[i] = i;
        span = allocator.ReallocateSpan(span, 10_000);
        Assert.Equal((10_000, 99), (span.Length, span[99]));
        span = allocator.ReallocateSpan(span, 10);
        Assert.Equal(Enumerable.Range(0, 10), span.ToArray());
        // A part of it that begins where it begins is enough to free it by.
        allocator.FreeSpan(span[..1]);
        Assert.Throws<InvalidFreeException>(() => allocator.FreeSpan(new int[4].AsSpan()));
        Assert.True(allocator.AllocateSpan<int>(0).IsEmpty);
        allocator.FreeSpan(Span<int>.Empty);
        Assert.True(allocator.ReallocateSpan(allocator.AllocateSpan<int>(5), 0).IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => allocator.AllocateSpan<int>(-1).Length);
        Assert.Throws<ArenaOutOfMemoryException>(() => allocator.AllocateSpan<Page4096>(int.MaxValue).Length);
        Assert.False(allocator.TryAllocateSpan<Page4096>(int.MaxValue, out var none) || !none.IsEmpty);
        allocator.Dispose();
        Assert.Empty(_leaks);
        Assert.Throws<ObjectDisposedException>(() => allocator.AllocateSpan<int>(0).Length);
        Assert.Throws<ObjectDisposedException>(() => allocator.FreeSpan(Span<int>.Empty));
    }

    [Theory]
    [MemberData(nameof(GeneralAllocators))]
    public void Elements_that_need_more_alignment_keep_it_when_they_are_resized(string kind)
    {
        using var allocator = Make(kind);
        var random = new Random(3);
        var spacers = new List<nint>();
        var span = allocator.AllocateSpan<Vector512<int>>(1);
        span[0] = Vector512.Create(7);
        for (var i = 0; i < 200; i++)
        {
            Span<byte> spacer = allocator.AllocateSpan<byte>(random.Next(1, 200));
            spacers.Add(Address(ref spacer[0]));
            span = allocator.ReallocateSpan(span, random.Next(1, 60));
            Assert.Equal(0, Address(ref span[0]) % 64);
            Assert.Equal(Vector512.Create(7), span[0]);
        }
        allocator.FreeSpan(span);
        foreach (var spacer in spacers)
            allocator.FreeSpan(MemoryMarshal.CreateSpan(ref At<byte>(spacer), 1));
    }

    [Fact]
    public void A_heap_is_cleared_with_one_notification_and_used_again()
    {
        using var heap = new Heap(_arena);
        for (var i = 1; i < 3_000; i++)
            heap.AllocateSpan<byte>(i * 113 % 20_000 + (i % 50 == 0 ? 400_000 : 1));
        heap.Clear();
        Assert.Equal((0, (nuint)0), (heap.LiveCount, heap.LiveBytes));
        heap.FreeSpan(heap.AllocateSpan<byte>(64));
        heap.Dispose();
        Assert.Empty(_leaks);
        Assert.Throws<ObjectDisposedException>(heap.Clear);
    }

    [Fact]
    public void What_ends_with_everything_in_it_raises_nothing()
    {
        var heap = new Heap(_arena) { IgnoreLeaks = true };
        heap.AllocateSpan<int>(9);
        heap.Dispose();
        var map = new HandleMap<int>(_arena) { IgnoreLeaks = true };
        map.Allocate(1);
        map.Dispose();
        Assert.Empty(_leaks);
        var pool = new Pool<int>(_arena);
        pool.Add(1);
        new Heap(_arena).AllocateSpan<int>(9);
        _arena.IgnoreLeaks = true;
        _arena.Dispose();
        Assert.Empty(_leaks);
        Assert.True(pool.IsDisposed);
    }

    private static ref Line64 Elsewhere() => ref (new Line64[1])[0];

    private GeneralAllocator Make(string kind) => kind switch
    {
        "heap" => new Heap(_arena),
        "shared heap" => new SharedHeap(_arena),
        _ => new BuddyAllocator(_arena, 8 << 20),
    };

    private static unsafe nint Address<T>(ref T value) => (nint)Unsafe.AsPointer(ref value);

    private static unsafe ref T At<T>(nint address)
        where T : unmanaged => ref *(T*)address;
}
