using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using Arena.Report.Formats;
using Arena.Report.Model;

namespace Arena.Report.Options;

/// <summary>The options, their valid values, and one line for each error.</summary>
internal sealed class OptionSet
{
    public const string ToolName = "arena-report";

    private readonly Argument<string?> _capture = new("capture")
    {
        Description = "A file of CaptureWriter, ended or still growing, or of MemorySampler",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]?> _diff = new("--diff")
    {
        Description = "Compare two captures: the growth from the first to the second, by line",
        HelpName = "A B",
        Arity = new ArgumentArity(2, 2),
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "The file to write [default: beside the capture; text goes to the screen]",
        HelpName = "FILE",
    };

    private readonly Option<ReportFormat?> _format = new("--format", "-f")
    {
        Description = $"{FormatWords.Choices} [default: by the ending of FILE, else html]",
        HelpName = "NAME",
        CustomParser = result =>
        {
            if (FormatWords.Parse(result.Tokens[0].Value) is { } format)
                return format;
            result.AddError($"--format: '{result.Tokens[0].Value}' is none of {FormatWords.Choices}");
            return null;
        },
    };

    private readonly Option<bool> _follow = new("--follow")
    {
        Description = "Show it on the screen while the game writes it, until it ends or Ctrl+C",
    };

    private readonly Option<string?> _from = new("--from")
    {
        Description = $"The start of the trend: a mark or seconds [default: the mark '{ReportOptions.SteadyMark}']",
        HelpName = "MOMENT",
    };

    private readonly Option<string?> _to = new("--to")
    {
        Description = $"The end of the trend: a mark or seconds [default: the mark '{ReportOptions.ClosingMark}']",
        HelpName = "MOMENT",
    };

    private readonly Option<long?> _limit = new("--limit")
    {
        Description = "The live bytes that are too many, such as 512MiB [default: the arenas' budgets]",
        HelpName = "BYTES",
        CustomParser = result => ParseBytes(result.Tokens[0].Value, result.AddError),
    };

    private readonly Option<double> _budget = new("--frame-budget")
    {
        Description = "Milliseconds that a frame may take",
        HelpName = "MS",
        DefaultValueFactory = _ => 16.67,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, CultureInfo.InvariantCulture, out var ms) && ms is > 0 and < 1e6)
                return ms;
            result.AddError($"--frame-budget: '{text}' is not possible; give milliseconds above 0");
            return 0;
        },
    };

    public OptionSet()
    {
        Command.Arguments.Add(_capture);
        foreach (var option in new Option[] { _diff, _output, _format, _follow, _from, _to, _limit, _budget })
            Command.Options.Add(option);
        Command.Options.Add(new HelpOption());
        Command.Options.Add(new VersionOption());
    }

    // Not a root command: that would have the name of the assembly in its help.
    public Command Command { get; } = new(
        ToolName,
        "Turns a capture of Arena memory into a report: what leaks, how fast, from which line, and what holds memory. "
        + ExitCode.Of("there was something to show, leak or not", "nothing could be shown or written"));

    public RunOptions Read(ParseResult result) => new(
        result.GetValue(_capture),
        result.GetValue(_diff) is { Length: 2 } diff ? diff : null,
        result.GetValue(_output),
        result.GetValue(_format),
        result.GetValue(_follow),
        ReadReport(result) with { To = result.GetValue(_to) });

    /// <summary>Adds the options of a report that has no end of its own.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _from, _limit, _budget })
            command.Options.Add(option);
    }

    public ReportOptions ReadReport(ParseResult result) => new()
    {
        From = result.GetValue(_from),
        LimitBytes = result.GetValue(_limit),
        FrameSeconds = result.GetValue(_budget) / 1_000,
    };

    /// <summary>Null, or why a text cannot be the path of a capture.</summary>
    public static string? WhyNoCapture(string path) =>
        IsNoPath(path) ? "An empty name is no capture; give the path of a file." : null;

    /// <summary>Returns null, or why options that are valid alone cannot be combined.</summary>
    public static string? WhyNotTogether(RunOptions options) => options switch
    {
        _ when EmptyPath(options) is { } empty => empty,
        { Capture: null, Diff: null } => "Give a capture, or --diff and two of them.",
        { Capture: not null, Diff: not null } => "Give a capture or --diff, not both.",
        { Follows: true, Diff: not null } => "--follow shows one capture, not two.",
        { Follows: true, Output: not null } or { Follows: true, Format: not null } =>
            "--follow shows on the screen; leave out --output and --format.",
        { Output: { } output, Format: null } when FormatWords.OfFile(output) is null =>
            $"--output: the ending of '{output}' is none of {FormatWords.Endings}; give --format",
        { Output: { } output } when ReportSource.IsRecording(output) =>
            $"--output: '{output}' is a capture or a sampler's record, and a report replaces none; give another name",
        _ => null,
    };

    private static string? EmptyPath(RunOptions options)
    {
        if (IsNoPath(options.Output))
            return $"--output: '{options.Output}' is no path; give a file";
        string?[] captures = [options.Capture, .. options.Diff ?? []];
        return captures.OfType<string>().Select(WhyNoCapture).FirstOrDefault(why => why is not null);
    }

    // A null is in no path of any system.
    private static bool IsNoPath(string? path) =>
        path is not null && (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal));

    private static long? ParseBytes(string text, Action<string> addError)
    {
        (string Ending, long Bytes)[] units = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30)];
        var unit = Array.Find(units, each => text.EndsWith(each.Ending, StringComparison.OrdinalIgnoreCase));
        var number = unit.Ending is null ? text : text[..^unit.Ending.Length];
        if (double.TryParse(number, CultureInfo.InvariantCulture, out var count))
            count *= Math.Max(1, unit.Bytes);
        if (count is >= 1 and < 1L << 60)
            return (long)count;
        addError($"--limit: '{text}' is not possible; give bytes, such as 1000000 or 512MiB");
        return null;
    }
}
