using System.Globalization;
using GameLoop.Measurement;
using GameLoop.Options;
using Spectre.Console;

namespace GameLoop.Output;

/// <summary>What a person sees: progress while it runs, then the results.</summary>
internal sealed class Screen(TextWriter output)
{
    private const int MaximumSites = 10;

    private readonly IAnsiConsole _console =
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });

    /// <summary>Runs the backends one after another; progress is only drawn where it can be drawn over.</summary>
    public IReadOnlyList<MeasuredRun> RunWithProgress(RunOptions options)
    {
        if (!_console.Profile.Out.IsTerminal)
            return [.. options.Backends.Select(backend => RunOne(backend, options, static () => { }))];
        return _console.Progress().Start(progress =>
        {
            var tasks = options.Backends
                .Select(backend => (backend, task: progress.AddTask(backend.Word, autoStart: false)))
                .ToArray();
            return tasks.Select(each =>
            {
                each.task.StartTask();
                var run = RunOne(each.backend, options, () => each.task.Increment(1));
                each.task.StopTask();
                return run;
            }).ToArray();
        });
    }

    public void Show(RunOptions options, IReadOnlyList<MeasuredRun> runs)
    {
        _console.Write(ResultTable.Of(runs));
        _console.Write(HistogramTable.Of(runs));
        foreach (var run in runs)
            ShowLeaks(run.Run);
        _console.WriteLine(Notes(options));
    }

    private static string Notes(RunOptions options)
    {
        var rehearsalSeconds = WorldRunner.RehearsalTime.TotalSeconds;
        var leakNote = options.LeakRate > 0
            ? "Leaks are made on purpose (--leak); arena tracks every allocation meanwhile."
            : "";
        var threadNote = options.Threads == 1
            ? "on one thread"
            : $"in {options.Threads} sectors with a thread each; a frame ends when all have stepped";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            Measured: {options.Frames} frames back to back, after {rehearsalSeconds} s of rehearsal and
            {WorldRunner.WarmUpFrames} frames of warm-up.
            Each backend ran alone in a process, with seed {options.Seed}, {threadNote}.
            Allocations: entities and data made or grown, as many on each backend.
            Managed bytes: made by all threads that step the world.
            Gen 0 / 1 / 2: collections; one of an older generation counts as younger too.
            Peak memory: of the whole process, the runtime included.
            {leakNote}
            """).TrimEnd();
    }

    private MeasuredRun RunOne(Backend backend, RunOptions options, Action onPercent)
    {
        if (ChildProcess.TryRun(backend, options, onPercent) is { } run)
            return run;
        _console.WriteLine($"{backend.Word}: no child process could be started; peak memory includes this one's.");
        return WorldRunner.Run(backend, options, static () => { });
    }

    private void ShowLeaks(BackendRun run)
    {
        var leaks = run.Leaks;
        if (leaks.Count == 0)
            return;
        _console.WriteLine($"{run.Backend}: {leaks.Count} allocations, {leaks.Bytes} bytes were never freed"
            + (leaks.Sites.Count > 0 ? ", made at" : "; nothing in this backend knows which line made them"));
        foreach (var site in leaks.Sites.Take(MaximumSites))
        {
            var place = $"{Path.GetFileName(site.File)}:{site.Line}";
            _console.WriteLine($"  {place}  {site.Count} allocations, {site.Bytes} bytes");
        }
    }
}
