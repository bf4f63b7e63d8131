using Arena.Pools;

namespace Arena.Tests.Observation;

/// <summary>Notifications of observers beside allocations and frees, and vetoes.</summary>
public sealed unsafe class HookTests : IDisposable
{
    private readonly PageArena _arena = new("hooked");
    private readonly RecordingObserver _observer = new();

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Blocks_of_the_arena_are_reported_with_their_line()
    {
        _arena.Attach(_observer);
        var block = _arena.Allocate(100);
        Assert.True(_arena.TryAllocate(5000, 0, out var other));
        _arena.Free(other);
        var page = PageArena.PageBytes;
        Assert.Equal(3, _observer.Told.Count);
        Assert.StartsWith($"hooked +{page} ", _observer.Told[0], StringComparison.Ordinal);
        var member = nameof(Blocks_of_the_arena_are_reported_with_their_line);
        Assert.EndsWith(member, _observer.Told[1], StringComparison.Ordinal);
        Assert.Contains("HookTests.cs:", _observer.Told[1], StringComparison.Ordinal);
        Assert.Equal($"hooked -{(nuint)other.Address}", _observer.Told[2]);
        Assert.Throws<InvalidFreeException>(() => _arena.Free(other));
        Assert.Equal(3, _observer.Told.Count);
        _arena.Free(block);
    }

    [Fact]
    public void A_vetoed_allocation_is_out_of_memory_and_the_message_has_the_reason()
    {
        using var pool = new Pool<long>(_arena);
        using var heap = new Heap(_arena);
        using var buddy = new BuddyAllocator(_arena, 1 << 20);
        var veto = new Veto();
        _arena.Attach(veto);
        Action[] calls =
        [
            () => pool.Allocate(), () => heap.Allocate(10), () => heap.AllocateZeroed(10), () => heap.Allocate(1 << 20),
            () => buddy.Allocate(10), () => _arena.Allocate(10),
        ];
        foreach (var call in calls)
        {
            var e = Assert.Throws<ArenaOutOfMemoryException>(call);
            Assert.Contains("not on Sundays", e.Message, StringComparison.Ordinal);
        }
        Assert.False(pool.TryAllocate(out _));
        Assert.False(heap.TryAllocate(1, 16, out _));
        Assert.False(buddy.TryAllocate(1, 16, out _));
        Assert.False(_arena.TryAllocate(1, 0, out _));
        Assert.Equal(0, pool.LiveCount + heap.LiveCount + buddy.LiveCount);
        Assert.Equal(0, veto.Told);
        veto.Open = true;
        pool.Free(pool.Allocate());
        Assert.Equal(1, veto.Told);
        _arena.Detach(veto);
        veto.Open = false;
        pool.Allocate();
    }

    [Fact]
    public void Every_refusal_is_reported_before_it_is_thrown()
    {
        using var pool = new Pool<long>(_arena, new PoolOptions { MaximumSlots = 1 });
        using var heap = new Heap(_arena);
        using var buddy = new BuddyAllocator(_arena, 4096);
        using var map = new HandleMap<int>(_arena);
        using var frames = new FrameAllocator(_arena);
        var stale = map.Allocate(1);
        map.Free(stale);
        pool.Allocate();
        var failures = new Failures();
        _arena.Attach(failures);
        Action[] calls =
        [
            () => pool.Allocate(), () => pool.Free((long*)8), () => heap.Free((void*)16),
            () => heap.Allocate(nuint.MaxValue), () => buddy.Allocate(1 << 20), () => buddy.Free((void*)24),
            () => _arena.Allocate(nuint.MaxValue), () => _ = map[stale],
            () => frames.Allocate(_arena.ReservedBytes),
        ];
        foreach (var call in calls)
        {
            var thrown = Record.Exception(call);
            Assert.NotNull(thrown);
            Assert.Same(thrown, failures.Told[^1]);
        }
        Assert.Equal(calls.Length, failures.Told.Count);
        _arena.Detach(failures);
        Assert.Throws<InvalidFreeException>(() => pool.Free((long*)8));
        Assert.Equal(calls.Length, failures.Told.Count);
    }

    [Fact]
    public void Calls_for_pages_are_timed_while_an_observer_is_attached()
    {
        _arena.Free(_arena.Allocate(1));
        Assert.Equal((0, 0), (_arena.ColdCalls, _arena.ColdTicks));
        _arena.Attach(_observer);
        _arena.Free(_arena.Allocate(1));
        _arena.Trim();
        Assert.Equal(3, _arena.ColdCalls);
        Assert.True(_arena.ColdTicks > 0);
        _arena.Detach(_observer);
        _arena.Trim();
        Assert.Equal(3, _arena.ColdCalls);
    }

    [Fact]
    public void A_scope_has_a_thread_and_ends_where_it_is_disposed()
    {
        Assert.Null(MemoryTag.Current);
        using (MemoryTag.Begin("outer"))
        {
            using (MemoryTag.Begin("inner"))
            {
                Assert.Equal("inner", MemoryTag.Current);
                string? elsewhere = "?";
                var thread = new Thread(() => elsewhere = MemoryTag.Current);
                thread.Start();
                thread.Join();
                Assert.Null(elsewhere);
            }
            Assert.Equal("outer", MemoryTag.Current);
            default(MemoryTagScope).Dispose();
            Assert.Equal("outer", MemoryTag.Current);
        }
        Assert.Null(MemoryTag.Current);
        Assert.Throws<ArgumentException>(() => MemoryTag.Begin(" "));
        Assert.Throws<ArgumentNullException>(() => MemoryTag.Begin(null!));
    }

    [Fact]
    public void An_allocators_token_is_known_to_observers_of_its_first_moment()
    {
        using var tracker = Arena.Diagnostics.LeakTracker.Attach(
            _arena, new Arena.Diagnostics.LeakTrackerOptions { SampleBytes = 2 });
        using var first = new Pool<long>(_arena);
        using var second = new Pool<long>(_arena);
        Assert.NotNull(first.Filter);
        Assert.NotSame(first.Filter, second.Filter);
    }

    private sealed class Veto : IAllocationVeto
    {
        public bool Open { get; set; }

        public int Told { get; private set; }

        public string? WhyRefused(Allocator allocator, nuint byteCount) => Open ? null : "not on Sundays; wait a day";

        public void Allocated(in AllocationEvent allocation) => Told++;

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
        }

        public void Cleared(Allocator allocator)
        {
        }
    }

    private sealed class Failures : IAllocationObserver
    {
        public List<Exception> Told { get; } = [];

        public void Allocated(in AllocationEvent allocation)
        {
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
        }

        public void Cleared(Allocator allocator)
        {
        }

        public void Failed(PageArena arena, Exception failure) => Told.Add(failure);
    }
}
