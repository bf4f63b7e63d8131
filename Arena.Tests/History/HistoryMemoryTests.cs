namespace Arena.Tests.History;

/// <summary>Whichever request of a history's own memory is refused, nothing has changed.</summary>
public sealed class HistoryMemoryTests
{
    [Theory]
    [InlineData(HistoryMechanism.Comparing)]
    [InlineData(HistoryMechanism.Best)]
    public void A_save_without_memory_changes_nothing(HistoryMechanism mechanism) => RefuseEach(
        mechanism, least: 4, (history, _) => history.Save(3));

    [Theory]
    [InlineData(HistoryMechanism.Comparing)]
    [InlineData(HistoryMechanism.Best)]
    public void A_frame_that_is_replaced_stays_without_memory(HistoryMechanism mechanism) => RefuseEach(
        mechanism, least: 4, (history, _) => history.Save(1));

    [Theory]
    [InlineData(HistoryMechanism.Comparing)]
    [InlineData(HistoryMechanism.Best)]
    public void A_look_without_memory_changes_nothing(HistoryMechanism mechanism) => RefuseEach(
        mechanism, least: 2, (history, _) => history.Difference(0, 2));

    [Theory]
    [InlineData(HistoryMechanism.Comparing)]
    [InlineData(HistoryMechanism.Best)]
    public void A_stream_that_is_read_without_memory_changes_nothing(HistoryMechanism mechanism) => RefuseEach(
        mechanism, least: 4, (history, stream) => history.ReadFrom(stream));

    // Refuses the first request, the second one, and so on, until the call needs no more.
    private static void RefuseEach(HistoryMechanism mechanism, int least, Action<ArenaHistory, Stream> call)
    {
        if (mechanism == HistoryMechanism.WriteTracking && !HistoryParts.CanTrack)
            return;
        var number = 1;
        while (IsRefused(mechanism, number, call))
            number++;
        Assert.True(number > least, $"{number - 1} requests");
    }

    private static bool IsRefused(HistoryMechanism mechanism, int number, Action<ArenaHistory, Stream> call)
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "short", ReserveBytes = 1u << 28 });
        arena.IgnoreLeaks = true;
        using var parts = new Parts(arena, WorkerUse.Begun) { MakesLevels = false };
        using var history = ArenaHistory.Attach(arena, 6, new ArenaHistoryOptions { Mechanism = mechanism });
        var stream = new MemoryStream();
        var frames = new List<(Parts.State State, List<ulong> Read, ulong Checksum)>();
        for (var frame = 0; frame < 3; frame++)
        {
            parts.Play(60, seed: frame);
            history.Save(frame);
            frames.Add((parts.Now.Copy(), parts.Read(), history.Checksum(frame)));
        }
        history.WriteTo(0, stream);
        stream.Position = 0;
        parts.Play(1500, seed: 10);
        arena.Allocate(3 << 20).AsSpan().Fill(1);
        var before = parts.Read();
        OwnMemory.RefuseRequest(number);
        var failure = Record.Exception(() => call(history, stream));
        OwnMemory.RefuseRequest(0);
        if (failure is null)
            return false;
        Assert.IsType<ArenaOutOfMemoryException>(failure);
        Assert.Contains("'short'", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, parts.Read());
        Assert.Equal(3, history.Count);
        // The frames are as they were, and so is what comes after them.
        history.Save(3);
        var checksum = history.Checksum(3);
        using (var changed = new MemoryStream())
            history.WriteTo(3, changed);
        for (var frame = 2; frame >= 0; frame--)
        {
            Assert.Equal(frames[frame].Checksum, history.Checksum(frame));
            history.Restore(frame);
            parts.GoTo(frames[frame].State);
            Assert.Equal(frames[frame].Read, parts.Read());
            if (frame != 2)
                continue;
            parts.Play(1500, seed: 10);
            arena.Allocate(3 << 20).AsSpan().Fill(1);
            // Twice as before: reading a queue turns it round.
            Assert.Equal(before, parts.Read());
            Assert.Equal(before, parts.Read());
            history.Save(3);
            Assert.Equal(checksum, history.Checksum(3));
        }
        return true;
    }
}
