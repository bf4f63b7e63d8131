using GameLoop.Backends;
using GameLoop.Churning;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Output;
using GameLoop.Racing;

namespace Arena.Tests.Samples;

/// <summary>The sentences and tables about a run.</summary>
public sealed class GameOutputTests
{
    private static readonly RunOptions Options = new()
    {
        Backends = [Backend.Arena, Backend.Gc, Backend.Malloc],
        Frames = 40,
        Entities = 100,
        Threads = 1,
        Seed = 1,
        LeakRate = 0,
    };

    [Fact]
    public void A_verdict_has_a_ratio_and_an_interval_for_each_other_backend()
    {
        var sentences = Verdict.Of([Run("arena", 1), Run("gc", 4), Run("malloc", 2)]);
        Assert.Equal(
            [
                "A frame on arena takes 0.25 (0.25 to 0.25) of gc's and 0.50 (0.50 to 0.50) of malloc's.",
                "Its longest hundredth takes 0.25 (0.25 to 0.25) of gc's and 0.50 (0.50 to 0.50) of malloc's.",
            ],
            sentences);
    }

    [Fact]
    public void A_verdict_names_those_from_which_arena_does_not_differ()
    {
        var sentence = Verdict.Of([Run("arena", 2), Run("gc", 2), Run("malloc", 1)])[0];
        Assert.Equal(
            "A frame on arena takes 1.00 (1.00 to 1.00) of gc's and 2.00 (2.00 to 2.00) of malloc's. "
            + "These frames show no certain difference from gc.",
            sentence);
    }

    [Fact]
    public void Without_arena_or_without_another_there_is_no_verdict()
    {
        Assert.Empty(Verdict.Of([Run("arena", 1)]));
        Assert.Empty(Verdict.Of([Run("gc", 1), Run("malloc", 1)]));
    }

    [Fact]
    public void A_job_system_is_compared_with_itself_on_one_thread() => Assert.Equal(
        ["With 2 job threads a frame takes 0.60 (0.60 to 0.60) of what it takes with one."],
        Verdict.Of([Run("arena", 4), Run("1 job thread", 5), Run("2 job threads", 3)]));

    [Fact]
    public void A_percentile_without_enough_frames_has_no_row()
    {
        string[] few = [.. ResultTable.Rows([Run("arena", 1)]).Select(static row => row[0])];
        Assert.Contains("median frame (ms)", few);
        Assert.DoesNotContain(few, static name => name.StartsWith("p99", StringComparison.Ordinal));
        string[] many = [.. ResultTable.Rows([Run("arena", 1, rounds: 500)]).Select(static row => row[0])];
        Assert.Contains("p99 (ms)", many);
        Assert.Contains("p99.9 (ms)", many);
        Assert.Contains("p99.9 on CPU (ms)", many);
    }

    [Fact]
    public void Churn_has_a_row_a_kind_and_the_median_of_the_rounds()
    {
        var result = new RaceResult(
            [Run("arena", 1), Run("gc", 1)], [new ChurnResult(ChurnKind.Replace, [[5, 4, 90], [61, 60, 1_000]])]);
        Assert.Equal(["replace one of 100,000 of 64 bytes", "5.0", "61.0"], Assert.Single(ChurnTable.Rows(result)));
    }

    [Fact]
    public void What_makes_numbers_worth_less_is_said()
    {
        Assert.Empty(Cautions.Of(Options, isDebugBuild: false, cores: 2, guard: null));
        Assert.Contains("Debug build", Only(Cautions.Of(Options, true, 2, "")), StringComparison.Ordinal);
        Assert.Contains("single core", Only(Cautions.Of(Options, false, 1, null)), StringComparison.Ordinal);
        Assert.Contains("ARENA_GUARD", Only(Cautions.Of(Options, false, 2, "poison")), StringComparison.Ordinal);
        var tracked = Cautions.Of(Options with { LeakRate = 0.1 }, false, 2, null);
        Assert.Contains("tracks every allocation", Only(tracked), StringComparison.Ordinal);
        Assert.Empty(Cautions.Of(Options with { LeakRate = 0.1, Backends = [Backend.Gc] }, false, 2, null));
    }

    [Fact]
    public void A_busy_machine_is_said_when_frames_waited_for_a_core()
    {
        Assert.Null(Cautions.OfNoise([Run("arena", 1), Run("gc", 1)]));
        Assert.Contains("20 %", Cautions.OfNoise([Run("arena", 5, cpu: 4), Run("gc", 9, cpu: 4)]));
        // One that never waits says that the machine has cores enough: the others wait for their collector.
        Assert.Null(Cautions.OfNoise([Run("arena", 5), Run("gc", 9, cpu: 4)]));
    }

    private static string Only(IReadOnlyList<string> cautions) => Assert.Single(cautions);

    private static MeasuredRun Run(string backend, int milliseconds, int? cpu = null, int rounds = 10)
    {
        Slice[] slices = [.. Enumerable.Range(0, rounds).Select(_ => new Slice(
            [.. Enumerable.Repeat(milliseconds * 1_000_000L, 4)],
            [.. Enumerable.Repeat((cpu ?? milliseconds) * 1_000_000L, 4)], 0))];
        var totals = new WorldTotals("", 0, 0, 0, 0, 0, 0, 0, 0, new LeakTally(0, 0, []));
        return new MeasuredRun(BackendRun.Of(backend, 100, 180, slices, totals), slices);
    }
}
