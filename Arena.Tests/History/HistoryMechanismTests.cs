using Arena.Tests.Os;

namespace Arena.Tests.History;

/// <summary>Tests that the mechanisms differ in cost alone.</summary>
public sealed unsafe class HistoryMechanismTests
{
    [Fact]
    public void The_mechanism_can_be_asked_and_forced()
    {
        using var arena = new PageArena("sim") { IgnoreLeaks = true };
        using (var compares = Attach(arena, HistoryMechanism.Comparing))
            Assert.Equal(HistoryMechanism.Comparing, compares.Mechanism);
        using var history = ArenaHistory.Attach(arena, 2);
        history.Save(0);
        Assert.Equal(HistoryMechanism.Comparing, history.Mechanism);
        arena.Allocate(4 << 20).AsSpan().Fill(1);
        history.Save(1);
        var expected = HistoryParts.CanTrack ? HistoryMechanism.WriteTracking : HistoryMechanism.Comparing;
        Assert.Equal(expected, history.Mechanism);
    }

    [Fact]
    public void What_is_forced_and_cannot_be_is_refused()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "old" }, MacContext.Memory);
        var failure = Assert.Throws<InvalidOperationException>(() => Attach(arena, HistoryMechanism.WriteTracking));
        Assert.Contains("'old'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Best", failure.Message, StringComparison.Ordinal);
        using var history = ArenaHistory.Attach(arena, 2);
        Assert.Equal(HistoryMechanism.Comparing, history.Mechanism);
    }

    [LinuxFact]
    public void Where_the_kernel_refuses_pages_are_compared()
    {
        using var os = new FailingContext();
        using var arena = new PageArena(new PageArenaOptions { Name = "sandbox" }, os.Memory) { IgnoreLeaks = true };
        var block = arena.Allocate(4 << 20);
        block.AsSpan().Fill(1);
        os.FailAt(1, errno: 1);
        using var history = ArenaHistory.Attach(arena, 2);
        history.Save(0);
        Assert.Equal((1, 1), (os.CallsOf("syscall"), os.FailedCount));
        Assert.Equal(HistoryMechanism.Comparing, history.Mechanism);
        block.AsSpan().Fill(2);
        history.Save(1);
        history.Restore(0);
        Assert.False(block.AsSpan().ContainsAnyExcept((byte)1));
        Assert.Equal(1, os.CallsOf("syscall"));
    }

    [LinuxFact]
    public void A_look_that_fails_loses_no_change()
    {
        using var os = new FailingContext();
        using var arena = new PageArena(new PageArenaOptions { Name = "flaky" }, os.Memory) { IgnoreLeaks = true };
        var block = arena.Allocate(4 << 20);
        using var history = ArenaHistory.Attach(arena, 30);
        history.Save(0);
        for (var frame = 1; frame < 20; frame++)
        {
            block.AsSpan()[frame * 5000] = (byte)frame;
            if (frame % 3 == 0)
                os.FailAt(1, errno: 4);
            history.Save(frame);
            os.Reset();
        }
        for (var frame = 18; frame >= 0; frame -= 2)
        {
            if (frame % 4 == 0)
                os.FailAt(1, errno: 4);
            history.Restore(frame);
            os.Reset();
            for (var at = 1; at < 20; at++)
                Assert.Equal(at <= frame ? at : 0, block.AsSpan()[at * 5000]);
        }
    }

    [LinuxFact]
    public void On_Windows_an_arena_that_tracks_writes_goes_back()
    {
        // It knows one thread.
        using var os = new WindowsContext();
        var options = new PageArenaOptions { Name = "windows", ReserveBytes = 1 << 26, TracksWrites = true };
        using var arena = new PageArena(options, os.Memory) { IgnoreLeaks = true };
        using var parts = new Parts(arena, WorkerUse.None);
        parts.Play(300, seed: 1);
        using var history = Attach(arena, HistoryMechanism.WriteTracking);
        history.Save(7);
        var looks = os.WatchCount;
        var expected = parts.Play(300, seed: 2);
        for (var again = 0; again < 3; again++)
        {
            history.Restore(7);
            Assert.Equal(expected, parts.Play(300, seed: 2, parts.Saved));
            os.RefusesWatch = again == 1;
        }
        Assert.True(os.WatchCount > looks);
    }

    [Fact]
    public void A_part_that_is_written_every_frame_is_compared_and_cools_down_again()
    {
        using var arena = new PageArena("sim") { IgnoreLeaks = true };
        var block = arena.Allocate(8 << 20);
        using var history = ArenaHistory.Attach(arena, 40);
        for (var frame = 0; frame < 30; frame++)
        {
            var isHot = frame % 10 < 5;
            for (var page = isHot ? 0 : 300; page < 400; page++)
                block.AsSpan()[page * 4096 + frame] = (byte)(frame + 1);
            history.Save(frame);
        }
        for (var frame = 29; frame >= 0; frame--)
        {
            history.Restore(frame);
            for (var at = 0; at < 30; at++)
                Assert.Equal(at <= frame ? at + 1 : 0, block.AsSpan()[350 * 4096 + at]);
        }
    }

    [Theory]
    [InlineData(HistoryMechanism.Best)]
    [InlineData(HistoryMechanism.Comparing)]
    public void A_state_that_no_cache_holds_goes_back(HistoryMechanism mechanism)
    {
        const int Bytes = 24 << 20;
        using var arena = new PageArena("large") { IgnoreLeaks = true };
        var state = arena.Allocate(Bytes).AsSpan();
        var random = new Random(5);
        random.NextBytes(state);
        using var history = Attach(arena, mechanism);
        var frames = new List<(byte[] State, ulong Checksum)>();
        for (var frame = 0; frame < 4; frame++)
        {
            for (var write = 0; write < 1200; write++)
                state[random.Next(Bytes)]++;
            state.Slice(frame << 20, 1 << 20).Clear();
            history.Save(frame);
            frames.Add((state.ToArray(), history.Checksum(frame)));
        }
        Assert.InRange(history.HeldBytes, (nuint)Bytes, (nuint)(Bytes + (24 << 20)));
        for (var frame = 3; frame >= 0; frame--)
        {
            history.Restore(frame);
            Assert.True(state.SequenceEqual(frames[frame].State));
            Assert.Equal(frames[frame].Checksum, history.Checksum(frame));
            // From the bytes that are there now, and not from the sums that were saved.
            using var again = new MemoryStream();
            history.WriteTo(frame, again);
            again.Position = 0;
            Assert.Empty(history.Difference(frame, again));
        }
    }

    private static ArenaHistory Attach(PageArena arena, HistoryMechanism mechanism) =>
        ArenaHistory.Attach(arena, 8, new ArenaHistoryOptions { Mechanism = mechanism });
}
