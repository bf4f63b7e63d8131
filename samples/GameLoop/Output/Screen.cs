using GameLoop.Measurement;
using GameLoop.Options;
using Spectre.Console;

namespace GameLoop.Output;

/// <summary>The console output: progress while it runs, then the results.</summary>
internal sealed class Screen(TextWriter output)
{
    private const int MaximumSites = 10;

    private readonly IAnsiConsole _console =
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });

    /// <summary>Runs the backends one after another; draws progress only where it can be overdrawn.</summary>
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

    /// <summary>Plays the arena backend for a capture.</summary>
    public void Capture(RunOptions options, string path)
    {
        if (!_console.Profile.Out.IsTerminal)
        {
            CapturedRun.Play(options, path, static () => { });
            return;
        }
        _console.Progress().Start(progress =>
        {
            var task = progress.AddTask("capture");
            CapturedRun.Play(options, path, () => task.Increment(1));
        });
    }

    public void Show(RunOptions options, IReadOnlyList<MeasuredRun> runs)
    {
        _console.Write(ResultTable.Of(runs));
        _console.Write(HistogramTable.Of(runs));
        foreach (var run in runs)
            ShowLeaks(run.Run);
        foreach (var note in Notes.Of(options))
            _console.WriteLine(note);
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
        if (Notes.OnLeaks(run) is not { } heading)
            return;
        _console.WriteLine(heading);
        foreach (var site in run.Leaks.Sites.Take(MaximumSites))
        {
            var place = $"{Path.GetFileName(site.File)}:{site.Line}";
            _console.WriteLine($"  {place}  {site.Count} allocations, {site.Bytes} bytes");
        }
    }
}
