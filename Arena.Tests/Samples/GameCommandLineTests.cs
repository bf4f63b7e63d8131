using System.Text.Json;
using GameLoop;
using GameLoop.Backends;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Rules;

namespace Arena.Tests.Samples;

public sealed class GameCommandLineTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gameloop");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("--entities", "0")]
    [InlineData("--entities", "many")]
    [InlineData("--entities", "10000001")]
    [InlineData("--frames", "-1")]
    [InlineData("--frames", "0")]
    [InlineData("--frames", "1.5")]
    [InlineData("--frames")]
    [InlineData("--backend", "x")]
    [InlineData("--backend", "Arena")]
    [InlineData("--backend", "")]
    [InlineData("--threads", "0")]
    [InlineData("--threads", "65")]
    [InlineData("--threads", "2", "--sectors", "2")]
    [InlineData("--threads", "2", "--backend", "gc")]
    [InlineData("--threads", "2", "--leak", "0.5")]
    [InlineData("--sectors", "0")]
    [InlineData("--sectors", "65")]
    [InlineData("--sectors", "5", "--entities", "3")]
    [InlineData("--sectors", "5", "--entities", "many")]
    [InlineData("--gc-settings", "--backend", "malloc")]
    [InlineData("--gc-settings", "server")]
    [InlineData("--levels", "-1")]
    [InlineData("--levels", "many")]
    [InlineData("--rollback", "-1")]
    [InlineData("--rollback", "61")]
    [InlineData("--rollback", "2", "--backend", "malloc")]
    [InlineData("--seed", "-1")]
    [InlineData("--leak", "1.01")]
    [InlineData("--leak", "NaN")]
    [InlineData("--metrics", "0")]
    [InlineData("--metrics", "65536")]
    [InlineData("--metrics", "web")]
    [InlineData("--metrics")]
    [InlineData("--metrics", "9464", "--backend", "gc")]
    [InlineData("--serve", "0")]
    [InlineData("--serve", "9464", "--backend", "gc")]
    [InlineData("--json", "")]
    [InlineData("--json", "/no/such/folder/result.json")]
    [InlineData("--json")]
    [InlineData("--report", "")]
    [InlineData("--report", "/no/such/folder/result.html")]
    [InlineData("--report")]
    [InlineData("--still")]
    [InlineData("--still", "/no/such/folder/world.svg")]
    [InlineData("--still", "world.svg", "--json", "x.json")]
    [InlineData("--still", "world.svg", "--backend", "gc")]
    [InlineData("--still", "world.svg", "--threads", "2")]
    [InlineData("--still", "world.svg", "--leak", "0.1")]
    [InlineData("--still", "world.svg", "--view")]
    [InlineData("--rollback", "2", "--threads", "2")]
    [InlineData("--rollback", "2", "--view")]
    [InlineData("--levels", "2", "--threads", "2")]
    [InlineData("--levels", "2", "--rollback", "2")]
    [InlineData("--levels", "2", "--frames", "20")]
    [InlineData("--levels", "2", "--capture", "levels.arena")]
    [InlineData("--view", "--report", "page.html")]
    [InlineData("--view", "--metrics", "9464")]
    [InlineData("--view", "now")]
    [InlineData("--report", "same.file", "--json", "./same.file")]
    [InlineData("--report", "same.file", "--capture", "same.file")]
    [InlineData("--json", "same.file", "--capture", "same.file")]
    [InlineData("--no-such-option")]
    [InlineData("stray")]
    [InlineData("@file")]
    [InlineData("--frames", "0", "--entities", "0", "--backend", "x")]
    [InlineData("--frames", "10", "--frames", "20")]
    public void A_bad_option_is_one_line_on_standard_error_and_code_2(params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal(ExitCode.BadOption, code);
        Assert.Equal("", output);
        Assert.Single(error.TrimEnd('\r', '\n').Split('\n'));
        Assert.NotEqual("", error.Trim());
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--report")]
    public void A_folder_is_no_place_for_a_result_and_stays_empty(string option)
    {
        var (code, _, error) = Run(option, _folder.FullName);
        Assert.Equal(ExitCode.BadOption, code);
        Assert.Contains("is a folder", error, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Theory]
    [InlineData("--json", "/no/such/folder/result.json")]
    [InlineData("--still", "/no/such/folder/world.svg")]
    [InlineData("--capture", "/proc/game.arena")]
    public void A_path_that_cannot_be_written_is_named_as_it_was_given(string option, string path)
    {
        var (_, _, error) = Run(option, path);
        Assert.Contains($"{option}: '{path}' cannot be written: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error, StringComparison.Ordinal);
        Assert.Contains($"'{Path.GetDirectoryName(path)}'", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_option_leaves_an_older_result_as_it_was()
    {
        var path = Path.Combine(_folder.FullName, "result.json");
        File.WriteAllText(path, "older");
        Assert.Equal(ExitCode.BadOption, Run("--json", path, "--frames", "0").Code);
        Assert.Equal("older", File.ReadAllText(path));
        Assert.Single(_folder.GetFileSystemInfos());
    }

    [Fact]
    public void Help_is_no_error()
    {
        var (code, output, error) = Run("--help");
        Assert.Equal(ExitCode.Success, code);
        string[] shown =
        [
            "--backend", "--frames", "--entities", "--threads", "--sectors", "--gc-settings", "--seed", "--leak",
            "--levels", "--view", "--still", "--metrics", "--serve", "--capture", "--report", "--json",
            "Exit codes: 0 ", "3 leaks",
        ];
        Assert.All(shown, text => Assert.Contains(text, output, StringComparison.Ordinal));
        Assert.DoesNotContain("--child", output, StringComparison.Ordinal);
        Assert.DoesNotContain("--gc-setting ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("--job-threads", output, StringComparison.Ordinal);
        Assert.Equal("", error);
    }

    [Fact]
    public void The_sync_test_plays_every_frame_again_and_all_backends_agree()
    {
        var (code, output, error) = Run("--rollback", "3", "--frames", "5", "--entities", "600", "--seed", "7");
        Assert.Equal("", error);
        Assert.Equal(ExitCode.Success, code);
        Assert.Contains("600 entities", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaks_on_all_backends_end_with_code_3_and_the_json_has_exactly_its_shape()
    {
        var path = Path.Combine(_folder.FullName, "result.json");
        var (code, output, error) = Run(
            "--frames", "40", "--entities", "500", "--seed", "7", "--leak", "1", "--json", path);
        Assert.Equal("", error);
        Assert.Equal(ExitCode.LeaksFound, code);
        Assert.Contains("ArenaWorld.Step.cs:", output, StringComparison.Ordinal);
        Assert.Single(_folder.GetFileSystemInfos());

        using var json = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Equal(["runs"], Names(json.RootElement));
        var runs = json.RootElement.GetProperty("runs").EnumerateArray().ToArray();
        Assert.Equal(["arena", "gc", "malloc"], runs.Select(run => run.GetProperty("backend").GetString()));
        Assert.Single(runs.Select(run => run.GetProperty("checksum").GetString()).Distinct());
        Assert.All(runs, CheckShape);
        Assert.All(runs[1..], run => Assert.Empty(Sites(run)));
        var played = runs[0].GetProperty("framesPlayed").GetInt32();
        Assert.InRange(played, WorldRunner.WarmUpFrames + 41, WorldRunner.WarmUpFrames + 80);
        Assert.Equal(Planted(new WorldSettings(500, 7, LeakRate: 1), played), PlantedLines.Sorted(Sites(runs[0])));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public void In_a_process_of_its_own_arena_makes_no_managed_byte_and_no_collection(string sectors)
    {
        var run = OnlyRun("--backend", "arena", "--frames", "100", "--entities", "2000", "--sectors", sectors);
        Assert.Equal(0, run.GetProperty("managedBytesPerFrame").GetDouble());
        Assert.Equal(0, run.GetProperty("gen0").GetInt32());
        Assert.True(run.GetProperty("allocations").GetInt64() > 100);
        Assert.Equal(0, run.GetProperty("leaks").GetProperty("count").GetInt64());
    }

    [Fact]
    public void One_sector_is_what_runs_without_the_option_and_three_reach_the_backends_process()
    {
        string[] arguments = ["--backend", "gc", "--frames", "20", "--entities", "300"];
        var checksum = Checksum(OnlyRun(arguments));
        Assert.Equal(checksum, Checksum(OnlyRun([.. arguments, "--sectors", "1"])));
        var threeSectors = OnlyRun([.. arguments, "--sectors", "3"]);
        Assert.NotEqual(checksum, Checksum(threeSectors));
        Assert.True(threeSectors.GetProperty("managedBytesPerFrame").GetDouble() > 0);
    }

    [Theory]
    [InlineData("gc", "--gc-settings", "", "gc", "gc server", "gc not concurrent", "gc low latency", "gc gen0 256 MiB")]
    [InlineData("arena", "--threads", "3", "arena", "1 job thread", "3 job threads")]
    public void Settings_of_one_backend_are_runs_of_their_own_with_one_checksum(
        string backend, string option, string value, params string[] names)
    {
        string[] arguments = ["--backend", backend, "--frames", "12", "--entities", "700", option];
        var runs = Runs(value.Length == 0 ? arguments : [.. arguments, value]);
        Assert.Equal(names, runs.Select(static run => run.GetProperty("backend").GetString()));
        Assert.Single(runs.Select(Checksum).Distinct());
    }

    private static string? Checksum(JsonElement run) => run.GetProperty("checksum").GetString();

    // Returns the one run of a successful call, as the JSON describes it.
    private JsonElement OnlyRun(params string[] arguments) => Assert.Single(Runs(arguments));

    private JsonElement[] Runs(params string[] arguments)
    {
        var path = Path.Combine(_folder.FullName, "result.json");
        var (code, _, error) = Run([.. arguments, "--json", path]);
        Assert.Equal("", error);
        Assert.Equal(ExitCode.Success, code);
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        return [.. json.RootElement.GetProperty("runs").EnumerateArray().Select(static run => run.Clone())];
    }

    private static void CheckShape(JsonElement run)
    {
        Assert.Equal(
            [
                "backend", "frames", "entities", "checksum", "framesPlayed", "frameMs", "cpuMs", "allocations",
                "managedBytesPerFrame", "gen0", "gen1", "gen2", "gcPauseMs", "peakRssBytes", "worldBytes", "leaks",
            ],
            Names(run));
        var times = run.GetProperty("frameMs");
        Assert.Equal(["p50", "p99", "p999", "longestPercent", "max"], Names(times));
        // Forty frames have no such percentiles.
        Assert.All(["p99", "p999"], name => Assert.Equal(JsonValueKind.Null, times.GetProperty(name).ValueKind));
        double[] ordered = [.. Numbers(times)];
        Assert.Equal(ordered.Order(), ordered);
        Assert.True(run.GetProperty("worldBytes").GetInt64() >= 0);
        var leaks = run.GetProperty("leaks");
        Assert.Equal(["count", "bytes", "sites"], Names(leaks));
        Assert.True(leaks.GetProperty("count").GetInt64() > 0);
        foreach (var site in leaks.GetProperty("sites").EnumerateArray())
            Assert.Equal(["file", "line", "count", "bytes"], Names(site));
    }

    private static IEnumerable<double> Numbers(JsonElement times) => times.EnumerateObject()
        .Where(static time => time.Value.ValueKind == JsonValueKind.Number)
        .Select(static time => time.Value.GetDouble());

    private static IEnumerable<LeakPlace> Sites(JsonElement run) =>
        run.GetProperty("leaks").GetProperty("sites").EnumerateArray().Select(site => new LeakPlace(
            site.GetProperty("file").GetString()!, site.GetProperty("line").GetInt32(),
            site.GetProperty("count").GetInt64(), site.GetProperty("bytes").GetInt64()));

    // A world with the same seed is played here, to count what it forgets.
    private static IReadOnlyList<LeakPlace> Planted(WorldSettings settings, int frames)
    {
        using var world = WorldRunner.Create(Backend.Arena, settings);
        for (var frame = 0; frame < frames; frame++)
            world.Step();
        return PlantedLines.Of(world);
    }

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(member => member.Name)];

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandLine.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
