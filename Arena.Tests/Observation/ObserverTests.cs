using Arena.Tests.Blocks;

namespace Arena.Tests.Observation;

public sealed unsafe class ObserverTests : IDisposable
{
    private readonly PageArena _arena = new("hall");
    private readonly RecordingObserver _observer = new();

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Allocators_that_exist_and_those_still_to_come_are_observed()
    {
        var before = new FakeAllocator(_arena, "before");
        _arena.Attach(_observer);
        var after = new FakeAllocator(_arena, "after");
        before.NotifyOne(64);
        after.NotifyOne(128);
        before.Dispose();
        Assert.Equal(
            [
                "before +8 Game.cs:12 Spawn", "before -64", "after +8 Game.cs:12 Spawn", "after -128",
                "before cleared",
            ],
            _observer.Told);
    }

    [Fact]
    public void A_detached_observer_hears_nothing_and_the_others_go_on()
    {
        var fake = new FakeAllocator(_arena, "fake");
        var other = new RecordingObserver();
        _arena.Attach(_observer);
        _arena.Attach(other);
        _arena.Detach(_observer);
        _arena.Detach(_observer);
        fake.NotifyOne(64);
        Assert.Empty(_observer.Told);
        Assert.Equal(2, other.Told.Count);
        _arena.Detach(other);
        Assert.False(fake.IsObserved);
        Assert.False(new FakeAllocator(_arena, "late").IsObserved);
    }

    [Fact]
    public void A_disposed_allocator_is_not_observed_again()
    {
        var fake = new FakeAllocator(_arena, "fake");
        fake.Dispose();
        _arena.Attach(_observer);
        fake.Observe([_observer]);
        Assert.False(fake.IsObserved);
    }

    [Fact]
    public void The_arenas_end_is_reported_of_every_allocator_youngest_first_and_of_its_own_blocks()
    {
        _arena.Attach(_observer);
        _ = new FakeAllocator(_arena, "first");
        _ = new FakeAllocator(_arena, "second");
        _arena.Dispose();
        Assert.Equal(["second cleared", "first cleared", "hall cleared"], _observer.Told);
        _arena.Detach(_observer);
    }

    [Fact]
    public void An_observer_that_throws_at_the_end_keeps_no_memory_and_hides_no_leak()
    {
        var fake = new FakeAllocator(_arena, "fake");
        fake.Lend(1);
        List<LeakNotice> notices = [];
        _arena.LeaksFound += notices.Add;
        _observer.ThrownWhenCleared = new NotSupportedException("mine");
        _arena.Attach(_observer);
        Assert.Throws<NotSupportedException>(fake.Dispose);
        Assert.True(fake.IsDisposed);
        Assert.Equal(0u, _arena.LentBytes);
        Assert.Single(notices);
        fake.Dispose();
        _observer.ThrownWhenCleared = null;
    }

    [Fact]
    public void An_observer_may_detach_itself_while_the_arena_goes()
    {
        var detaching = new DetachingObserver();
        _arena.Attach(detaching);
        _ = new FakeAllocator(_arena, "first");
        _ = new FakeAllocator(_arena, "second");
        _arena.Dispose();
        Assert.Equal(1, detaching.ClearedCount);
    }

    [Fact]
    public void No_observer_is_an_error()
    {
        Assert.Throws<ArgumentNullException>(() => _arena.Attach(null!));
        Assert.Throws<ArgumentNullException>(() => _arena.Detach(null!));
    }

    private sealed class DetachingObserver : IAllocationObserver
    {
        public int ClearedCount { get; private set; }

        public void Allocated(in AllocationEvent allocation)
        {
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
        }

        public void Cleared(Allocator allocator)
        {
            ClearedCount++;
            allocator.Arena.Detach(this);
        }
    }
}
