namespace Arena.Tests.Contract;

// A walk shows what lives, upwards, whatever its body does.
public abstract unsafe partial class AllocatorContract
{
    [Fact]
    public void A_walk_shows_exactly_what_lives_in_address_order()
    {
        if (!Has(Lacks.Walk))
            return;
        using var arena = new PageArena("walk");
        using var subject = Make(arena);
        var live = new HashSet<nint>();
        foreach (var size in SizesOf(subject).SelectMany(size => Enumerable.Repeat(size, 20)))
            live.Add(subject.Allocate(size));
        foreach (var place in live.Where((_, i) => i % 3 == 0).ToArray())
        {
            subject.Free(place);
            live.Remove(place);
        }
        var seen = new List<nint>();
        subject.Walk(seen.Add);
        Assert.Equal(live.Order(), seen.Order());
        var addresses = seen.Select(subject.AddressOf).ToArray();
        Assert.Equal(addresses.Order(), addresses);
        FreeAll(subject, seen);
        subject.Walk(_ => Assert.Fail("nothing lives"));
    }

    [Fact]
    public void The_body_of_a_walk_may_free_what_it_sees_and_what_it_has_not_seen()
    {
        if (!Has(Lacks.Walk | Lacks.ChangesInWalks))
            return;
        using var arena = new PageArena("walk");
        using var subject = Make(arena);
        var places = Enumerable.Range(0, 300).Select(_ => subject.Allocate(SizeOf(subject))).ToArray();
        var live = places.ToHashSet();
        var latest = places.MaxBy(subject.AddressOf);
        subject.Walk(place =>
        {
            Assert.True(live.Remove(place), "it was freed");
            subject.Free(place);
            if (live.Remove(latest))
                subject.Free(latest);
        });
        Assert.Empty(live);
        AssertLive(0, subject, "after the walk");
    }

    [Fact]
    public void A_walk_whose_body_allocates_ends_and_shows_all_that_was_there()
    {
        if (!Has(Lacks.Walk | Lacks.ChangesInWalks))
            return;
        using var arena = new PageArena("walk");
        using var subject = Make(arena);
        var before = Enumerable.Range(0, 50).Select(_ => subject.Allocate(SizeOf(subject))).ToHashSet();
        var (seen, made) = (new HashSet<nint>(), new List<nint>());
        subject.Walk(place =>
        {
            Assert.True(seen.Add(place), "it was seen twice");
            if (made.Count < 5000)
                made.Add(subject.Allocate(SizeOf(subject)));
        });
        Assert.Superset(before, seen);
        FreeAll(subject, before.Concat(made));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_step_after_Dispose_throws(bool arenaFirst)
    {
        if (!Has(Lacks.Walk | Lacks.ChangesInWalks))
            return;
        using var arena = new PageArena("walk");
        using var subject = Make(arena);
        for (var i = 0; i < 10; i++)
            subject.Allocate(SizeOf(subject));
        var steps = 0;
        Assert.Throws<ObjectDisposedException>(() => subject.Walk(_ =>
        {
            if (++steps == 3)
                ((IDisposable)(arenaFirst ? arena : subject)).Dispose();
        }));
        Assert.Equal(3, steps);
    }
}
