using Arena.Diagnostics;

namespace Arena.Tests.Contract;

// Observers are notified of everything, with the caller's line; what they throw leaves nothing half done.
public abstract unsafe partial class AllocatorContract
{
    [Fact]
    public void An_observer_is_notified_of_every_allocation_and_free_with_the_callers_line()
    {
        if (!Has(Lacks.Observers))
            return;
        using var arena = new PageArena("observed");
        using var subject = Make(arena);
        var unseen = subject.Allocate(SizeOf(subject));
        var log = new EventLog();
        arena.Attach(log);
        foreach (var size in SizesOf(subject))
        {
            var place = subject.Allocate(size);
            var made = Assert.Single(log.Allocations);
            Assert.Equal(
                ("Game.cs", 12, "Spawn", subject.PartName), (made.File, made.Line, made.Member, made.Allocator.Name));
            Assert.True(made.ByteCount >= (nuint)size, $"{made.ByteCount} of {size} bytes");
            FreeAll(subject, [place]);
            AssertFreed(log, subject, made);
            log.Clear();
        }
        if (Has(Lacks.Frees))
        {
            subject.Free(unseen);
            Assert.Single(log.Frees);
        }
        arena.Detach(log);
        log.Clear();
        FreeAll(subject, [subject.Allocate(SizeOf(subject))]);
        Assert.Empty(log.Allocations);
        Assert.Empty(log.Frees);
        Assert.Empty(log.Cleared);
    }

    [Fact]
    public void A_resize_is_notified_as_a_free_and_an_allocation()
    {
        if (!Has(Lacks.Observers | Lacks.Reallocation))
            return;
        using var arena = new PageArena("observed");
        using var subject = Make(arena);
        var log = new EventLog();
        arena.Attach(log);
        var place = subject.Allocate(100);
        foreach (var size in SizesOf(subject))
            place = subject.Reallocate(place, size);
        subject.Free(place);
        Assert.Equal(log.Allocations.Count, log.Frees.Count);
        Assert.Equal(
            log.Allocations.Select(made => (made.Address, made.ByteCount)).Order(), log.Frees.Order());
        Assert.All(log.Allocations, made => Assert.Equal(("Game.cs", 12), (made.File, made.Line)));
        arena.Detach(log);
    }

    [Fact]
    public void Dispose_is_notified_once()
    {
        if (!Has(Lacks.Arena))
            return;
        using var arena = new PageArena("observed");
        var log = new EventLog();
        arena.Attach(log);
        var subject = Make(arena);
        subject.Allocate(SizeOf(subject));
        subject.Dispose();
        subject.Dispose();
        Assert.Equal(subject.PartName, Assert.Single(log.Cleared));
        arena.Detach(log);
    }

    [Fact]
    public void What_an_observer_throws_reaches_the_caller_and_nothing_is_half_done()
    {
        if (!Has(Lacks.Observers))
            return;
        using var arena = new PageArena("observed");
        using var subject = Make(arena);
        foreach (var size in SizesOf(subject))
        {
            var kept = Filled(subject, size);
            var thrower = new EventLog { Thrown = new NotSupportedException("mine") };
            arena.Attach(thrower);
            Assert.Same(thrower.Thrown, Assert.Throws<NotSupportedException>(() => { subject.Allocate(size); }));
            Assert.Same(
                thrower.Thrown, Assert.Throws<NotSupportedException>(() => subject.TryAllocate(size, 0, out _)));
            AssertLive(1, subject, "allocations that an observer refused by an exception");
            Assert.False(subject.Contents(kept, size).ContainsAnyExcept((byte)0xA5), "contents changed");
            if (Has(Lacks.Reallocation))
            {
                Assert.Throws<NotSupportedException>(() => { subject.Reallocate(kept, size + 5000); });
                Assert.False(subject.Contents(kept, size).ContainsAnyExcept((byte)0xA5), "contents changed");
            }
            Assert.Same(
                thrower.Thrown, Assert.Throws<NotSupportedException>(() => FreeAll(subject, [kept])));
            AssertLive(0, subject, "a free whose observer threw");
            arena.Detach(thrower);
            Assert.True(!Has(Lacks.Frees) || subject.Refuses(kept));
            FreeAll(subject, [subject.Allocate(size)]);
        }
    }

    [Fact]
    public void Allocations_carry_the_tag_of_the_allocator_or_of_the_scope()
    {
        if (!Has(Lacks.Observers))
            return;
        using var arena = new PageArena("tags");
        using var tracker = LeakTracker.Attach(arena);
        using var subject = Make(arena);
        var size = SizeOf(subject);
        var places = new List<nint> { subject.Allocate(size) };
        using (MemoryTag.Begin("scope"))
        {
            places.Add(subject.Allocate(size));
            subject.Tag = "own";
            places.Add(subject.Allocate(size));
        }
        places.Add(subject.Allocate(size));
        Assert.Equal("own", subject.Tag);
        Assert.Equal(
            [("", 1), ("own", 2), ("scope", 1)],
            tracker.Report().Sites.Select(site => (site.Tag ?? "", site.Count)).Order());
        FreeAll(subject, places);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    // Where single frees are lacking, the observer sees that everything was freed at once.
    private void AssertFreed(EventLog log, AllocatorUnderTest subject, AllocationEvent made)
    {
        if (Has(Lacks.Frees))
            Assert.Equal((made.Address, made.ByteCount), Assert.Single(log.Frees));
        else
            Assert.Equal(subject.PartName, Assert.Single(log.Cleared));
    }

    private sealed class EventLog : IAllocationObserver
    {
        public List<AllocationEvent> Allocations { get; } = [];

        public List<(nuint Address, nuint ByteCount)> Frees { get; } = [];

        public List<string> Cleared { get; } = [];

        public Exception? Thrown { get; init; }

        public void Clear()
        {
            Allocations.Clear();
            Frees.Clear();
            Cleared.Clear();
        }

        public void Allocated(in AllocationEvent allocation)
        {
            Allocations.Add(allocation);
            if (Thrown is not null)
                throw Thrown;
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
            Frees.Add((address, byteCount));
            if (Thrown is not null)
                throw Thrown;
        }

        void IAllocationObserver.Cleared(Allocator allocator)
        {
            Cleared.Add(allocator.Name);
            if (Thrown is not null)
                throw Thrown;
        }
    }
}
