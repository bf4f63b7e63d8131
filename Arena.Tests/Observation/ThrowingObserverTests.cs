using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Observation;

/// <summary>
/// An observer that throws at random between two trackers: what an allocator has alive, what the model has and what
/// both trackers have is the same after every call, and contents are never lost.
/// </summary>
public sealed unsafe class ThrowingObserverTests
{
    private const int Steps = 2_000;

    public static TheoryData<string> Allocators =>
        new("arena", "pool", "map", "heap", "buddy", "shared heap", "shared pool", "full shared pool", "lent heap");

    [Theory]
    [MemberData(nameof(Allocators))]
    public void Whatever_an_observer_throws_the_allocator_is_consistent_and_nothing_is_lost(string name)
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            using var arena = new PageArena(new PageArenaOptions { Name = "hall", ReserveBytes = 1 << 30 });
            using var before = LeakTracker.Attach(arena);
            var thrower = new RandomThrower(arena, seed);
            arena.Attach(thrower);
            using var after = LeakTracker.Attach(arena);
            var subject = Subject.Make(name, arena);
            new Run(subject, [before, after], seed, $"{name}, seed {seed}").Play();
            arena.Detach(thrower);
            subject.Dispose();
            Assert.Equal(0u, arena.LentBytes);
        }
    }

    [Fact]
    public void All_observers_are_notified_and_the_first_exception_passes()
    {
        var arena = new PageArena("hall");
        var pool = new Pool<long>(arena);
        var (first, last) = (new RecordingObserver(), new RecordingObserver());
        arena.Attach(first);
        var thrower = new Thrower("one");
        arena.Attach(thrower);
        arena.Attach(new Thrower("two"));
        arena.Attach(last);
        Assert.Equal("one +", Assert.Throws<NotSupportedException>(() => { pool.Allocate(); }).Message);
        Assert.Equal(0, pool.LiveCount);
        Assert.Equal(2, first.Told.Count);
        Assert.Equal(first.Told, last.Told);
        Assert.Equal("one cleared", Assert.Throws<NotSupportedException>(pool.Clear).Message);
        Assert.Throws<InvalidFreeException>(() => pool.Free((long*)8));
        Assert.Equal("one cleared", Assert.Throws<NotSupportedException>(pool.Dispose).Message);
        Assert.True(pool.IsDisposed);
        Assert.Equal(4, last.Told.Count);
        Assert.Throws<NotSupportedException>(arena.Dispose);
    }

    [Fact]
    public void A_soft_budget_whose_handler_throws_loses_no_allocation()
    {
        using var arena = new PageArena("hall");
        using var tracker = LeakTracker.Attach(arena);
        using var heap = new Heap(arena) { Tag = "ai" };
        tracker.SetBudget(
            "ai", new MemoryBudget { SoftBytes = 100, Exceeded = _ => throw new NotSupportedException("mine") });
        var kept = heap.Allocate(64);
        for (var i = 0; i < 3; i++)
        {
            Assert.Throws<NotSupportedException>(() => { heap.Allocate(64); });
            Assert.Equal((1, 1), (heap.LiveCount, tracker.Report().LiveCount));
        }
        heap.Free(kept);
        Assert.Equal((0, 0), (heap.LiveCount, tracker.Report().LiveCount));
    }

    [Fact]
    public void A_veto_that_throws_costs_no_slot_of_a_full_pool()
    {
        using var arena = new PageArena("hall");
        using var pool = new SharedPool<long>(arena, new PoolOptions { MaximumSlots = 2 });
        var veto = new Thrower("veto");
        arena.Attach(veto);
        for (var i = 0; i < 5; i++)
        {
            Assert.Throws<NotSupportedException>(() => pool.TryAllocate(out _));
            Assert.Throws<NotSupportedException>(() => { pool.Allocate(); });
        }
        arena.Detach(veto);
        Assert.True(pool.TryAllocate(out _) && pool.TryAllocate(out _));
        Assert.False(pool.TryAllocate(out _));
    }

    private sealed class Thrower(string name) : IAllocationVeto
    {
        public void Allocated(in AllocationEvent allocation) => throw new NotSupportedException($"{name} +");

        public void Freed(Allocator allocator, nuint address, nuint byteCount) =>
            throw new NotSupportedException($"{name} -");

        public void Cleared(Allocator allocator) => throw new NotSupportedException($"{name} cleared");

        public void Failed(PageArena arena, Exception failure) => throw new NotSupportedException($"{name} failed");

        public string? WhyRefused(Allocator allocator, nuint byteCount) =>
            name == "veto" ? throw new NotSupportedException(name) : null;
    }

    /// <summary>Throws now and then, and attaches and detaches another observer while it is notified.</summary>
    private sealed class RandomThrower(PageArena arena, int seed) : IAllocationObserver
    {
        private readonly Random _random = new(seed);
        private readonly RecordingObserver _other = new();

        public void Allocated(in AllocationEvent allocation) => Throw();

        public void Freed(Allocator allocator, nuint address, nuint byteCount) => Throw();

        public void Cleared(Allocator allocator) => Throw();

        private void Throw()
        {
            if (_random.Next(8) == 0)
                arena.Attach(_other);
            else if (_random.Next(4) == 0)
                arena.Detach(_other);
            if (_random.Next(4) == 0)
                throw new NotSupportedException("thrown");
        }
    }

    private sealed class Run(Subject subject, LeakTracker[] trackers, int seed, string run)
    {
        private readonly Random _random = new(-seed);
        private readonly Dictionary<nint, (nuint Bytes, byte Mark)> _live = [];

        public void Play()
        {
            for (var step = 0; step < Steps; step++)
            {
                Step();
                if (step % 16 == 0)
                    Check(step);
            }
            while (_live.Count > 0)
                Free(_live.Keys.First());
            Check(Steps);
        }

        private void Step()
        {
            var size = _random.Next(8) == 0 ? _random.Next(1, 300_000) : _random.Next(1, 2_000);
            if (_live.Count == 0 || _random.Next(100) < 45)
                Allocate(size);
            else if (subject.Reallocate is not null && _random.Next(2) == 0)
                Reallocate(_live.Keys.ElementAt(_random.Next(_live.Count)), size);
            else
                Free(_live.Keys.ElementAt(_random.Next(_live.Count)));
        }

        private void Allocate(int size)
        {
            if (_live.Count == subject.Most)
                return;
            nint made = 0;
            if (Throws(() => made = subject.Allocate(size)))
                return;
            Assert.True(made != 0, $"{run}: out of memory");
            Enter(made);
        }

        private void Free(nint address)
        {
            Look(address);
            Throws(() => subject.Free(address));
            _live.Remove(address);
        }

        private void Reallocate(nint address, int size)
        {
            Look(address);
            var (bytes, mark) = _live[address];
            nint moved = 0;
            if (Throws(() => moved = subject.Reallocate!(address, size)))
            {
                Assert.True(subject.BytesOf(address) == bytes, $"{run}: another size after an exception");
                Look(address);
                return;
            }
            Assert.True(*(byte*)moved == mark, $"{run}: contents lost");
            _live.Remove(address);
            Enter(moved);
        }

        private void Enter(nint address)
        {
            var bytes = subject.BytesOf(address);
            var mark = (byte)_random.Next(1, 256);
            new Span<byte>((void*)address, (int)bytes).Fill(mark);
            _live.Add(address, (bytes, mark));
        }

        private void Look(nint address)
        {
            var (bytes, mark) = _live[address];
            var isWhole = new Span<byte>((void*)address, (int)bytes).IndexOfAnyExcept(mark) < 0;
            Assert.True(isWhole, $"{run}: contents lost");
        }

        private void Check(int step)
        {
            Assert.True(subject.LiveCount() == _live.Count, $"{run}, step {step}: {subject.LiveCount()} live");
            foreach (var tracker in trackers)
            {
                var report = tracker.Report();
                Assert.True(
                    report.LiveCount == _live.Count, $"{run}, step {step}: {report.LiveCount} of {_live.Count} known");
            }
        }

        private static bool Throws(Action act)
        {
            try
            {
                act();
                return false;
            }
            catch (NotSupportedException)
            {
                return true;
            }
        }
    }
}
