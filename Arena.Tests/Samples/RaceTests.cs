using System.Diagnostics;
using GameLoop.Backends;
using GameLoop.Churning;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Racing;

namespace Arena.Tests.Samples;

/// <summary>Backends that take turns, and the lines between their processes.</summary>
public sealed class RaceTests
{
    private static readonly RunOptions Options = new()
    {
        Backends = [Backend.Arena, Backend.Gc, Backend.Malloc],
        Frames = 50,
        Entities = 100,
        Threads = 1,
        Seed = 1,
        LeakRate = 0,
    };

    [Fact]
    public void Turns_are_alike_and_another_one_is_first_each_time()
    {
        var log = new List<string>();
        var result = Run(Options, log, "A", "B", "C");
        string[] steps = [.. log.Where(static call => call.Contains("step", StringComparison.Ordinal))];
        Assert.Equal(
            [
                "A step 4", "B step 4", "C step 4", "B step 20", "C step 20", "A step 20", "C step 20", "A step 20",
                "B step 20", "A step 6", "B step 6", "C step 6",
            ],
            steps);
        Assert.All(result.Runs, run => Assert.Equal(50, run.Run.Frames));
        Assert.All(result.Runs, run => Assert.Equal(
            WorldRunner.WarmUpFrames + 50 + 4 * PlayedWorld.LeadIn, run.Run.FramesPlayed));
    }

    [Fact]
    public void Churn_takes_turns_too_after_all_worlds_are_closed()
    {
        var log = new List<string>();
        var result = Run(Options, log, "A", "B");
        Assert.Equal(Enum.GetValues<ChurnKind>(), result.Churn.Select(static churn => churn.Kind));
        Assert.All(result.Churn, churn => Assert.Equal(2, churn.Rounds.Count));
        var churn = log.FindIndex(static call => call.Contains("churn", StringComparison.Ordinal));
        Assert.All(log[churn..], call => Assert.Contains("churn", call, StringComparison.Ordinal));
        string[] first = ["A churn Pair", "B churn Pair", "B churn Pair", "A churn Pair"];
        Assert.Equal(first, log[churn..(churn + 4)]);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(4, 46)]
    [InlineData(10, 10, 10, 10, 10)]
    [InlineData(49, 1)] // the frame of the checksum is one that is not measured
    public void Turns_of_any_length_end_with_the_same_checksum(params int[] turns)
    {
        using var reference = Played(1, 49);
        using var world = Played(turns);
        Assert.Equal(reference.End().Checksum, world.End().Checksum);
    }

    private static PlayedWorld Played(params int[] turns)
    {
        var world = PlayedWorld.Prepare(Backend.Malloc, Options, static () => { });
        foreach (var frames in turns)
            world.Step(frames);
        return world;
    }

    [Fact]
    public void A_leaking_run_has_no_churn() =>
        Assert.Empty(Run(Options with { LeakRate = 0.5 }, [], "A", "B").Churn);

    [Fact]
    public void A_slice_survives_its_line()
    {
        var slice = new Slice([5_000_000, 1, long.MaxValue], [4, 5, 6], 123_456_789);
        var read = SliceText.Parse(SliceText.Of(slice));
        Assert.Equal(slice.WallNanoseconds, read.WallNanoseconds);
        Assert.Equal(slice.CpuNanoseconds, read.CpuNanoseconds);
        Assert.Equal(slice.ResidentBytes, read.ResidentBytes);
        Assert.Empty(SliceText.Parse(SliceText.Of(slice with { CpuNanoseconds = [] })).CpuNanoseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("|")]
    [InlineData("1|")]
    [InlineData("1 2|3 4")]
    [InlineData("1 2|3|")]
    [InlineData("1 -2|3")]
    [InlineData("1 x|3")]
    public void A_line_that_is_no_slice_is_refused(string text) =>
        Assert.Throws<FormatException>(() => SliceText.Parse(text));

    [Fact]
    public void A_process_does_what_its_lines_ask_for_until_they_end()
    {
        using var output = new StringWriter();
        using var input = new StringReader("step 3\nstep 2\nend\nchurn Pair\n");
        Assert.Equal(ExitCode.Success, ChildServer.Serve(Options with { Backends = [Backend.Arena] }, input, output));
        string[] lines = output.ToString().TrimEnd().Split('\n');
        Assert.Equal(100, lines.Count(static line => line == RaceLine.Percent));
        string[] rest = [.. lines.SkipWhile(static line => line == RaceLine.Percent)];
        Assert.Equal(["ready", "slice", "slice", "end", "churn"], rest.Select(line => RaceLine.Parse(line).Word));
        Assert.Equal(3, SliceText.Parse(RaceLine.Parse(rest[1]).Content).WallNanoseconds.Length);
        Assert.DoesNotContain('\r', output.ToString());
    }

    [Fact]
    public void A_process_refuses_what_it_does_not_know()
    {
        using var input = new StringReader("sleep 3\n");
        var failure = Assert.Throws<InvalidDataException>(
            () => ChildServer.Serve(Options with { Backends = [Backend.Malloc] }, input, TextWriter.Null));
        Assert.Contains("'sleep 3'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 7", "malloc: its process ended with code 7")]
    [InlineData("echo percent; echo percent; kill -9 $$", "malloc: its process ended with code 137")]
    [InlineData("echo first >&2; echo second >&2; exit 1", "malloc: first")]
    [InlineData("echo nonsense; sleep 10", "malloc: its process answered 'nonsense '; that is no answer to what")]
    public void A_process_that_dies_while_it_prepares_is_named(string script, string message)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var child = Shell("malloc", script);
        var failure = Assert.Throws<RunFailedException>(() => child.Prepare(static () => { }));
        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo ready; read line; exit 9", "gc: its process ended with code 9")]
    [InlineData("echo ready; read line; echo slice 1", "gc: its process answered '1'; that is no answer to what")]
    [InlineData("echo ready; read line; echo end {}", "gc: its process answered 'end {}'; that is no answer to what")]
    public void A_process_that_dies_in_the_middle_of_a_race_is_named(string script, string message)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var child = Shell("gc", script);
        using var other = new FakeContestant("arena", []);
        var race = new Race([other, child], Options, new Silence());
        var failure = Assert.Throws<RunFailedException>(race.Run);
        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_waits_ends_with_the_program_and_one_that_hangs_is_ended()
    {
        if (OperatingSystem.IsWindows())
            return;
        Shell("gc", "echo ready; read line").Dispose();
        Shell("gc", "sleep 600").Dispose();
    }

    [Fact]
    public void Settings_of_the_collector_are_contestants_of_their_own_and_job_systems_too()
    {
        Assert.Equal(["arena", "gc", "malloc"], Contestants.Names(Options));
        Assert.Equal(
            ["arena", "gc", "gc server", "gc not concurrent", "gc low latency", "gc gen0 256 MiB", "malloc"],
            Contestants.Names(Options with { ComparesGcSettings = true }));
        Assert.Equal(
            ["arena", "1 job thread", "3 job threads", "gc", "malloc"],
            Contestants.Names(Options with { Threads = 3 }));
    }

    private static RaceResult Run(RunOptions options, List<string> log, params string[] names)
    {
        FakeContestant[] contestants = [.. names.Select(name => new FakeContestant(name, log))];
        return new Race(contestants, options, new Silence()).Run();
    }

    private static ChildContestant Shell(string name, string script) =>
        ChildContestant.Start(name, new ProcessStartInfo("/bin/sh", ["-c", script]));

    private sealed class Silence : IRaceProgress
    {
        public void Preparing(string name, int percent)
        {
        }

        public void Playing(double share) => Assert.InRange(share, 0, 1);

        public void Churning(double share) => Assert.InRange(share, 0, 1);
    }

    private sealed class FakeContestant(string name, List<string> log) : IContestant
    {
        public string Name => name;

        public void Prepare(Action onPercent) => onPercent();

        public Slice Step(int frames)
        {
            log.Add($"{name} step {frames}");
            return new Slice([.. Enumerable.Repeat(1_000_000L, frames)], [], 0);
        }

        public WorldLook Look() => new(0, [], MemoryLook.None);

        public WorldTotals End()
        {
            log.Add($"{name} end");
            return new WorldTotals("", 0, 0, 0, 0, 0, 0, 0, 0, new LeakTally(0, 0, []));
        }

        public double Churn(ChurnKind kind)
        {
            log.Add($"{name} churn {kind}");
            return 1;
        }

        public void Dispose()
        {
        }
    }
}
