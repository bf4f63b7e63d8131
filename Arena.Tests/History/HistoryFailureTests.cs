using Arena.Tests.Os;

namespace Arena.Tests.History;

/// <summary>Whatever call to the system fails, a frame comes back whole, or nothing has changed.</summary>
public sealed class HistoryFailureTests
{
    // What Parts.Read says first: what the arena has committed may stay more where the system takes nothing back.
    private const int Counts = 2;

    [LinuxTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_call_that_fails_while_going_back_changes_nothing(int seed)
    {
        var n = 1;
        var refused = 0;
        while (TryGoBack(seed, n, ref refused))
            n++;
        Assert.True(n > 10, $"{n} calls");
        Assert.True(refused > 0);
    }

    [LinuxFact]
    public void Calls_that_fail_at_random_never_lose_a_frame()
    {
        var seed = Environment.TickCount;
        using var os = new FailingContext(FailingContext.TakingAccess);
        using var arena = Make(os);
        using var parts = new Parts(arena);
        using var history = ArenaHistory.Attach(arena, 4);
        history.Save(0);
        var state = parts.Now.Copy();
        var read = parts.Read();
        for (var round = 0; round < 60; round++)
        {
            parts.Play(50, seed + round);
            if (round % 3 == 0)
                arena.Trim();
            var before = parts.Read();
            os.FailRandomly(seed + round, oneIn: 3);
            var failure = Record.Exception(() => history.Restore(0));
            os.Reset();
            if (failure is not null)
            {
                Assert.IsType<ArenaOutOfMemoryException>(failure);
                Assert.True(before.SequenceEqual(parts.Read()), $"seed {seed}, round {round}");
                history.Restore(0);
            }
            parts.GoTo(state);
            Assert.True(read[Counts..].SequenceEqual(parts.Read()[Counts..]), $"seed {seed}, round {round}");
        }
    }

    // False where no call failed.
    private static bool TryGoBack(int seed, int n, ref int refused)
    {
        using var os = new FailingContext(FailingContext.TakingAccess);
        using var arena = Make(os);
        using var parts = new Parts(arena);
        parts.Play(400, seed);
        var block = arena.Allocate(1 << 20);
        using var history = ArenaHistory.Attach(arena, 4);
        history.Save(0);
        var state = parts.Now.Copy();
        var read = parts.Read();
        parts.Play(300, seed + 100);
        arena.Free(block);
        arena.Trim();
        var before = parts.Read();
        os.FailAt(n);
        var failure = Record.Exception(() => history.Restore(0));
        var failed = os.FailedCount > 0;
        os.Reset();
        if (failure is not null)
        {
            refused++;
            Assert.IsType<ArenaOutOfMemoryException>(failure);
            Assert.Contains("'failing'", failure.Message, StringComparison.Ordinal);
            Assert.Equal(before, parts.Read());
            history.Restore(0);
        }
        parts.GoTo(state);
        Assert.Equal(read[Counts..], parts.Read()[Counts..]);
        return failed;
    }

    private static PageArena Make(FailingContext os) => new(
        new PageArenaOptions { Name = "failing", ReserveBytes = 1u << 28 }, os.Memory) { IgnoreLeaks = true };
}
