using System.Globalization;

namespace Arena.Tests.History;

/// <summary>
/// Random calls on all kinds of allocators, with saves and restores at random, against copies of all that can be read.
/// A failure prints its seed; ARENA_HISTORY_SEED plays it again, ARENA_HISTORY_STEPS says how long.
/// </summary>
public sealed class HistoryModelTests
{
    private const int Frames = 6;

    private static readonly int Seed = Number("ARENA_HISTORY_SEED", Environment.TickCount);
    private static readonly int Steps = Number("ARENA_HISTORY_STEPS", 300);

    [Theory]
    [InlineData(0, HistoryMechanism.Comparing)]
    [InlineData(12, HistoryMechanism.Comparing)]
    [InlineData(0, HistoryMechanism.WriteTracking)]
    [InlineData(12, HistoryMechanism.WriteTracking)]
    [InlineData(0, HistoryMechanism.Best)]
    public void Every_frame_is_as_it_was_and_goes_on_as_it_did(int budgetMebibytes, HistoryMechanism mechanism)
    {
        if (mechanism == HistoryMechanism.WriteTracking && !HistoryParts.CanTrack)
            return;
        using var arena = new PageArena(new PageArenaOptions
        {
            Name = "model", ReserveBytes = 1u << 28, BudgetBytes = (nuint)budgetMebibytes << 20,
        });
        arena.IgnoreLeaks = true;
        var random = new Random(Seed);
        using var parts = new Parts(arena);
        using var history = ArenaHistory.Attach(arena, Frames, new ArenaHistoryOptions { Mechanism = mechanism });
        var model = new List<Copy>();
        for (var step = 0; step < Steps; step++)
        {
            var choice = random.Next(10);
            if (choice < 4 || model.Count == 0)
                Save(random.Next(8) == 0 ? random.Next(model.Count + 1) : model.Count);
            else if (choice < 6)
                Restore(random.Next(model.Count));
            else if (choice == 6)
                Look(random.Next(model.Count), random.Next(model.Count));
            parts.Play(random.Next(60), random.Next());
        }
        // What was brought up to date, step by step, is what is found where nothing is known.
        Save(model.Count);
        history.Restore(history.NewestFrame);
        history.Dispose();
        using var fresh = ArenaHistory.Attach(arena, 1);
        fresh.Save(0);
        Assert.True(model[^1].Checksum == fresh.Checksum(0), $"seed {Seed}: the checksum is not that of the contents");

        void Save(int index)
        {
            var first = history.Count == 0 ? 100 : history.OldestFrame;
            history.Save(first + index);
            model.RemoveRange(index, model.Count - index);
            var copy = new Copy(parts.Now.Copy(), parts.Read(), history.Checksum(first + index), random.Next());
            model.Add(copy);
            if (model.Count > Frames)
                model.RemoveAt(0);
            Assert.Equal(model.Count, history.Count);
            copy.Next = parts.Play(40, copy.Seed);
            copy.Then = parts.Read();
        }

        void Restore(int index)
        {
            var copy = model[index];
            history.Restore(history.OldestFrame + index);
            model.RemoveRange(index + 1, model.Count - index - 1);
            parts.GoTo(copy.State);
            AssertSame(copy.Read, parts.Read(), "contents");
            AssertSame(copy.Next, parts.Play(40, copy.Seed), "what comes next");
            AssertSame(copy.Then, parts.Read(), "contents afterwards");
        }

        void Look(int a, int b)
        {
            var before = parts.Read();
            var differences = history.Difference(history.OldestFrame + a, history.OldestFrame + b);
            AssertSame(before, parts.Read(), "the present after a look");
            Assert.Equal(model[a].Checksum == model[b].Checksum, differences.Count == 0);
        }
    }

    private static void AssertSame(List<ulong> expected, List<ulong> actual, string what)
    {
        for (var i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            if (i >= expected.Count || i >= actual.Count || expected[i] != actual[i])
            {
                Assert.Fail(
                    $"seed {Seed}: {what} differs at {i}: {expected.ElementAtOrDefault(i)} and "
                    + $"{actual.ElementAtOrDefault(i)}");
            }
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number)
            ? number
            : otherwise;

    private sealed class Copy(Parts.State state, List<ulong> read, ulong checksum, int seed)
    {
        public Parts.State State { get; } = state;

        public List<ulong> Read { get; } = read;

        public ulong Checksum { get; } = checksum;

        public int Seed { get; } = seed;

        public List<ulong> Next { get; set; } = [];

        public List<ulong> Then { get; set; } = [];
    }
}
