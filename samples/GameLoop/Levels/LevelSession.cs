using System.Globalization;
using GameLoop.Options;
using GameLoop.Output;
using Spectre.Console;

namespace GameLoop.Levels;

/// <summary>The run of --levels: plays, and shows what memory was held for what lived.</summary>
internal static class LevelSession
{
    public static int Run(RunOptions options, TextWriter output, TextWriter error)
    {
        var run = new LevelRun(options.Seed);
        var console = WideConsole.On(output);
        List<LevelResult> results = [];
        if (console.Profile.Out.IsTerminal)
            console.Progress().Columns(RaceBars.Columns).Start(progress => Play(options, run, results, progress));
        else
            Play(options, run, results, progress: null);
        Show(results, console);
        if (results.Select(result => result.Checksum).Distinct().Count() == 1)
            return ExitCode.Success;
        error.WriteLine("The backends disagree about the checksum: one of them is broken.");
        return ExitCode.Failed;
    }

    private static void Play(RunOptions options, LevelRun run, List<LevelResult> results, ProgressContext? progress)
    {
        foreach (var make in Makers(options))
        {
            using var memory = make();
            var bar = progress?.AddTask(memory.Name, maxValue: options.Levels * (LevelRun.FramesPerLevel + 1.0));
            var result = run.Play(memory, options.Levels, () => bar?.Increment(1));
            results.Add(memory.HasFrameWork ? result with { LeftOn = run.Compare(memory) } : result);
        }
    }

    private static IEnumerable<Func<LevelMemory>> Makers(RunOptions options)
    {
        if (options.Backends.Contains(Backend.Arena))
        {
            yield return static () => new ArenaLevel(compacts: true);
            yield return static () => new ArenaLevel(compacts: false);
        }
        if (options.Backends.Contains(Backend.Malloc))
            yield return static () => new MallocLevel();
        if (options.Backends.Contains(Backend.Gc))
            yield return static () => new GcLevel();
    }

    private static void Show(IReadOnlyList<LevelResult> results, IAnsiConsole console)
    {
        console.WriteLine("Committed over live bytes, when a level is loaded and frames after its end:");
        var table = new Table().AddColumns("memory", "level", "peak MiB", "live MiB", "loaded");
        foreach (var frame in LevelRun.Frames)
            table.AddColumn(frame == 0 ? "at its end" : $"{frame} frames");
        foreach (var result in results)
        {
            foreach (var row in result.Levels)
            {
                table.AddRow(
                [
                    result.Name, Number(row.Level, 0), Number(row.PeakBytes / 1048576.0, 1),
                    Number(row.LiveBytes / 1048576.0, 1), Number(row.Loaded, 2),
                    .. row.Ratios.Select(ratio => Number(ratio, 2)),
                ]);
            }
        }
        console.Write(table);
        foreach (var result in results)
        {
            console.WriteLine(
                $"{result.Name}: a frame takes {Number(result.MedianMs, 3)} ms, one in a thousand more than "
                + $"{Number(result.P999Ms, 3)} ms");
            if (result.LeftOn is { } leftOn)
            {
                console.WriteLine(
                    $"{result.Name}: left on, a later frame takes {Number(leftOn.Median, 3)} times as long as without "
                    + $"compaction, one in a thousand {Number(leftOn.P999, 3)} times"
                    + (leftOn.P999OnCore is { } onCore ? $" ({Number(onCore, 3)} of the time on a core)" : ""));
            }
        }
    }

    private static string Number(double value, int digits) =>
        value.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
