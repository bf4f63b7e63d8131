using Arena.Diagnostics;

namespace Arena.Tests.Contract;

// Dispose, in every order, and what it says of what still lives.
public abstract unsafe partial class AllocatorContract
{
    [Fact]
    public void Dispose_gives_everything_back_and_may_be_called_twice()
    {
        using var arena = new PageArena("end");
        var subject = Make(arena);
        var name = subject.Name;
        foreach (var size in SizesOf(subject))
            subject.Allocate(size);
        Assert.False(subject.IsDisposed);
        subject.Dispose();
        subject.Dispose();
        Assert.True(subject.IsDisposed);
        Assert.Equal((nuint)0, arena.LentBytes);
        AssertGone(subject, name);
        arena.Dispose();
        subject.Dispose();
        AssertGone(subject, name);
    }

    [Fact]
    public void The_arena_may_go_first()
    {
        if (!Has(Lacks.Arena))
            return;
        var arena = new PageArena("end");
        var subject = Make(arena);
        var name = subject.Name;
        foreach (var size in SizesOf(subject))
            subject.Allocate(size);
        arena.Dispose();
        Assert.True(subject.IsDisposed);
        AssertGone(subject, name);
        subject.Dispose();
        AssertGone(subject, name);
        Assert.Throws<ObjectDisposedException>(() => Make(arena));
    }

    [Fact]
    public void Several_on_one_arena_end_in_any_order()
    {
        if (!Has(Lacks.Arena))
            return;
        for (var seed = 1; seed <= 4; seed++)
        {
            using var arena = new PageArena($"seed {seed}");
            var subjects = Enumerable.Range(0, 4).Select(_ => Make(arena)).ToArray();
            var places = subjects.Select(subject => Filled(subject, SizeOf(subject))).ToArray();
            var order = Enumerable.Range(0, 4).ToArray();
            new Random(seed).Shuffle(order);
            for (var i = 0; i < order.Length; i++)
            {
                subjects[order[i]].Dispose();
                foreach (var left in order[(i + 1)..])
                {
                    var contents = subjects[left].Contents(places[left], SizeOf(subjects[left]));
                    Assert.False(contents.ContainsAnyExcept((byte)0xA5), $"seed {seed}: contents changed");
                }
            }
            Assert.Equal((nuint)0, arena.LentBytes);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_lives_at_the_end_is_reported_once_with_its_line(bool arenaFirst)
    {
        if (!Has(Lacks.Arena | Lacks.LeakNotices))
            return;
        using var arena = new PageArena("leaks");
        using var tracker = LeakTracker.Attach(arena);
        var notices = new List<LeakNotice>();
        arena.LeaksFound += notices.Add;
        var subject = Make(arena);
        FreeAll(subject, [subject.Allocate(SizeOf(subject))]);
        for (var i = 0; i < 3; i++)
            subject.Allocate(SizeOf(subject));
        ((IDisposable)(arenaFirst ? arena : subject)).Dispose();
        subject.Dispose();
        var notice = Assert.Single(notices);
        Assert.Equal((3, subject.PartName, "leaks"), (notice.LiveCount, notice.AllocatorName, notice.ArenaName));
        Assert.True(notice.LiveBytes >= (nuint)(3 * SizeOf(subject)), $"{notice.LiveBytes} bytes");
        Assert.NotEmpty(notice.FirstAddresses);
        var line = Assert.Single(notice.Lines);
        Assert.Equal((3L, "Game.cs", 12, "Spawn"), (line.Count, line.File, line.Line, line.Member));
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void Nothing_is_reported_when_nothing_lives_or_leaks_are_ignored()
    {
        if (!Has(Lacks.Arena | Lacks.LeakNotices))
            return;
        using var arena = new PageArena("leaks");
        arena.LeaksFound += notice => Assert.Fail($"{notice}");
        var tidy = Make(arena);
        FreeAll(tidy, [.. SizesOf(tidy).Select(size => tidy.Allocate(size))]);
        tidy.Dispose();
        var careless = Make(arena);
        careless.IgnoreLeaks = true;
        careless.Allocate(SizeOf(careless));
        careless.Dispose();
    }

    private void AssertGone(AllocatorUnderTest subject, string name)
    {
        var size = SizeOf(subject);
        var refusals = new List<ObjectDisposedException>
        {
            Assert.Throws<ObjectDisposedException>(() => { subject.Allocate(size); }),
            Assert.Throws<ObjectDisposedException>(() => subject.TryAllocate(size, 0, out _)),
        };
        if (Has(Lacks.Frees))
            refusals.Add(Assert.Throws<ObjectDisposedException>(() => subject.Free(64)));
        if (Has(Lacks.LiveCount))
            refusals.Add(Assert.Throws<ObjectDisposedException>(() => subject.LiveCount));
        if (Has(Lacks.Reallocation))
            refusals.Add(Assert.Throws<ObjectDisposedException>(() => { subject.Reallocate(64, size); }));
        if (Has(Lacks.ZeroedMemory))
            refusals.Add(Assert.Throws<ObjectDisposedException>(() => { subject.AllocateZeroed(size, 0); }));
        if (Has(Lacks.Walk))
            refusals.Add(Assert.Throws<ObjectDisposedException>(() => subject.Walk(_ => { })));
        Assert.All(refusals, refusal => Assert.Contains(name, refusal.Message, StringComparison.Ordinal));
    }
}
