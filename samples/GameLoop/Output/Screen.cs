using Arena.Report.Model;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Racing;
using Spectre.Console;

namespace GameLoop.Output;

/// <summary>The console output: progress while it runs, then the results.</summary>
internal sealed class Screen(TextWriter output)
{
    private const int MaximumSites = 10;
    private const int WidthOfNames = 40;
    private const int WidthOfColumn = 20;

    private readonly IAnsiConsole _console =
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });

    private bool IsTerminal => _console.Profile.Out.IsTerminal;

    /// <summary>Shows what makes the numbers worth less, before there are any.</summary>
    public void Warn(IReadOnlyList<string> cautions)
    {
        foreach (var caution in cautions)
            _console.WriteLine($"Caution: {caution}");
    }

    /// <summary>Lets the backends take turns, with progress.</summary>
    public RaceResult Race(RunOptions options)
    {
        var contestants = Contestants.Start(options);
        if (contestants is null)
        {
            _console.WriteLine(
                "Caution: no process could be started. All backends run in this one, and share its memory.");
            contestants = Contestants.Here(options);
        }
        try
        {
            RaceResult? result = null;
            WithProgress(options, races: true, progress => result = new Race(contestants, options, progress).Run());
            return result!;
        }
        finally
        {
            foreach (var contestant in contestants)
                contestant.Dispose();
        }
    }

    /// <summary>Does something that shows its progress: as bars in a terminal, else as a line now and then.</summary>
    public void WithProgress(RunOptions options, bool races, Action<IRaceProgress> act)
    {
        if (!IsTerminal)
        {
            act(new RaceLines(output));
            return;
        }
        // Bars hide the cursor.
        ConsoleCancelEventHandler showCursor = (_, _) => _console.Cursor.Show();
        Console.CancelKeyPress += showCursor;
        try
        {
            _console.Progress().Columns(RaceBars.Columns).Start(progress => act(
                new RaceBars(progress, Contestants.Names(options), races, options.MeasuresChurn)));
        }
        finally
        {
            Console.CancelKeyPress -= showCursor;
        }
    }

    /// <summary>Plays the arena backend for a capture.</summary>
    public void Capture(RunOptions options, string path)
    {
        if (!IsTerminal)
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

    public void Show(RunOptions options, RaceResult result)
    {
        // A file has room for every column.
        if (!IsTerminal)
            _console.Profile.Width = Math.Max(_console.Profile.Width, WidthOfNames + result.Runs.Count * WidthOfColumn);
        if (Cautions.OfNoise(result.Runs) is { } noise)
            _console.WriteLine($"Caution: {noise}");
        _console.Write(ResultTable.Of(result.Runs));
        foreach (var sentence in Verdict.Of(result.Runs))
            _console.WriteLine(sentence);
        if (result.Churn.Count > 0)
            _console.Write(ChurnTable.Of(result));
        _console.Write(HistogramTable.Of(result.Runs));
        foreach (var run in result.Runs)
            ShowLeaks(run.Run);
        foreach (var note in Notes.Of(options, result.Runs))
            _console.WriteLine(note);
    }

    private void ShowLeaks(BackendRun run)
    {
        if (Notes.OnLeaks(run) is not { } heading)
            return;
        _console.WriteLine(heading);
        foreach (var site in run.Leaks.Sites.Take(MaximumSites))
        {
            var place = $"{Path.GetFileName(site.File)}:{site.Line}";
            _console.WriteLine($"  {place}  {Units.Count(site.Count, "allocation")}, {Units.Bytes(site.Bytes)}");
        }
    }
}
