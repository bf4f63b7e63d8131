using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace GameLoop.Options;

/// <summary>The options, their valid values, and one line for each error.</summary>
internal sealed class OptionSet
{
    public const string ChildOption = "--child";
    public const string JobThreadsOption = "--job-threads";
    public const string GcSettingOption = "--gc-setting";

    private const int DefaultFrames = 2_000;
    private const int DefaultEntities = 60_000;
    private const int MaximumFrames = 100_000_000;
    private const int MaximumEntities = 10_000_000;
    private const int MaximumThreads = 64;
    private const int MaximumLevels = 1000;
    private const int MaximumRollback = 60;

    private readonly Option<IReadOnlyList<Backend>?> _backend = new("--backend")
    {
        Description = "arena, gc, malloc or all [default: all]",
        HelpName = "NAME",
        CustomParser = result => ParseBackends(result.Tokens[0].Value, result.AddError),
    };

    private readonly Option<int> _frames = Number(
        "--frames", "Frames to measure; without it fewer are enough when they take longer than 44 seconds",
        DefaultFrames, 1, MaximumFrames);

    private readonly Option<int> _entities = Number(
        "--entities", "Population of all kinds together", DefaultEntities, 1, MaximumEntities);

    private readonly Option<int> _threads = Number(
        "--threads", "Let this many threads step one world as a job system, on Arena's shared allocators too", 1, 1,
        MaximumThreads);

    private readonly Option<int> _sectors = Number(
        "--sectors", "Divide the world into sectors that know nothing of each other, with a thread each", 1, 1,
        MaximumThreads);

    private readonly Option<bool> _gcSettings = new("--gc-settings")
    {
        Description = "Run gc under other settings too: server, not concurrent, low latency, a large generation 0",
    };

    private readonly Option<ulong> _seed = Number("--seed", "Seed of everything", 1UL, 0UL, ulong.MaxValue);

    private readonly Option<double> _leak = Number(
        "--leak", "Share of frees, 0 to 1, to forget in three places", 0.0, 0.0, 1.0);

    private readonly Option<int> _levels = Number(
        "--levels", "Play level changes instead: memory held for what lives, with and without compaction", 0, 0,
        MaximumLevels);

    private readonly Option<int> _rollback = Number(
        "--rollback", "Play the sync test instead: each frame is saved, taken back this many frames and played again",
        0, 0, MaximumRollback);

    private readonly Option<int?> _metrics = new("--metrics")
    {
        Description = "Serve metrics of the arena backend for Prometheus on this port of this machine",
        HelpName = "PORT",
        CustomParser = result => ParsePort("--metrics", result.Tokens[0].Value, result.AddError),
    };

    private readonly Option<int?> _serve = new("--serve")
    {
        Description = "Show the captured arena backend in a browser on this port of this machine, until Ctrl+C",
        HelpName = "PORT",
        CustomParser = result => ParsePort("--serve", result.Tokens[0].Value, result.AddError),
    };

    private readonly Option<string?> _capture = ResultFile(
        "--capture", "Play the arena backend once more, tracked, and write a capture for arena-report");

    private readonly Option<string?> _report = ResultFile(
        "--report", "Write an HTML page: the result, and with arena what a capture of its memory says");

    private readonly Option<string?> _json = ResultFile("--json", "Write the result as JSON");

    private readonly Option<bool> _view = new("--view")
    {
        Description = "Show the running game in the terminal: the world, the race, arena's memory",
    };

    private readonly Option<string?> _still = ResultFile(
        "--still", "Play the arena backend for --frames frames and write what its camera sees, as SVG");

    private readonly Option<bool> _child = new(ChildOption) { Hidden = true };

    private readonly Option<int> _jobThreads = new(JobThreadsOption) { Hidden = true };

    private readonly Option<GcSetting> _gcSetting = new(GcSettingOption) { Hidden = true };

    public OptionSet()
    {
        Command.Options.Add(_backend);
        Command.Options.Add(_frames);
        Command.Options.Add(_entities);
        Command.Options.Add(_threads);
        Command.Options.Add(_sectors);
        Command.Options.Add(_gcSettings);
        Command.Options.Add(_seed);
        Command.Options.Add(_leak);
        Command.Options.Add(_levels);
        Command.Options.Add(_rollback);
        Command.Options.Add(_view);
        Command.Options.Add(_still);
        Command.Options.Add(_metrics);
        Command.Options.Add(_serve);
        Command.Options.Add(_capture);
        Command.Options.Add(_report);
        Command.Options.Add(_json);
        Command.Options.Add(_child);
        Command.Options.Add(_jobThreads);
        Command.Options.Add(_gcSetting);
    }

    public RootCommand Command { get; } =
        new("""
            A game loop that churns entities: the same simulation on Arena, on the garbage collector and on malloc.

            Exit codes: 0 success, 1 it failed, 2 an option is bad, 3 leaks were found.
            """);

    public RunOptions Read(ParseResult result) => new()
    {
        Backends = result.GetValue(_backend) ?? Enum.GetValues<Backend>(),
        Frames = result.GetValue(_frames),
        MayStopEarly = result.GetResult(_frames) is null or { Implicit: true },
        Entities = result.GetValue(_entities),
        Sectors = result.GetValue(_sectors),
        ComparesGcSettings = result.GetValue(_gcSettings),
        JobThreads = result.GetValue(_jobThreads),
        GcSetting = result.GetValue(_gcSetting),
        Threads = result.GetValue(_threads),
        Seed = result.GetValue(_seed),
        LeakRate = result.GetValue(_leak),
        Levels = result.GetValue(_levels),
        Rollback = result.GetValue(_rollback),
        Views = result.GetValue(_view),
        StillPath = result.GetValue(_still),
        MetricsPort = result.GetValue(_metrics),
        ServePort = result.GetValue(_serve),
        CapturePath = result.GetValue(_capture),
        ReportPath = result.GetValue(_report),
        JsonPath = result.GetValue(_json),
        IsChild = result.GetValue(_child),
        Given =
        [
            .. Command.Options.Where(each => result.GetResult(each) is { Implicit: false }).Select(each => each.Name),
        ],
    };

    private static Backend[] ParseBackends(string text, Action<string> addError)
    {
        if (text == "all")
            return Enum.GetValues<Backend>();
        foreach (var backend in Enum.GetValues<Backend>())
        {
            if (text == backend.Word)
                return [backend];
        }
        addError($"--backend: '{text}' is none of arena, gc, malloc, all");
        return [];
    }

    private static int? ParsePort(string option, string text, Action<string> addError)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= ushort.MaxValue)
            return port;
        addError($"{option}: '{text}' is no port; give 1 to {ushort.MaxValue}");
        return null;
    }

    private static Option<string?> ResultFile(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "FILE" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && OutputFile.WhyNotWritable(result.Tokens[0].Value) is { } why)
                result.AddError($"{name}: {why}");
        });
        return option;
    }

    private static Option<T> Number<T>(string name, string description, T byDefault, T minimum, T maximum)
        where T : INumber<T> => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => byDefault,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && value >= minimum && value <= maximum)
                return value;
            result.AddError($"{name}: '{text}' is not possible; give {minimum} to {maximum}");
            return byDefault;
        },
    };
}
