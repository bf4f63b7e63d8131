using Arena.Report.Model;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Arena.Report.Terminal;

/// <summary>Shows a capture that is being written. It reads the file again every second, until stopped.</summary>
internal sealed class Follower(IAnsiConsole console)
{
    // A game that has opened its capture writes the first bytes at once.
    private const int MostLooksAtNothing = 10;

    private int _looksAtNothing;

    /// <summary>The time between two looks.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Runs until the capture is ended or a stop is requested.</summary>
    /// <exception cref="IOException">There is no such file, or nothing comes to be in it.</exception>
    /// <exception cref="InvalidDataException">It is no capture.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public async Task Follow(string path, ReportOptions options, CancellationToken stop)
    {
        ReportSource.CheckThatItCanBeFollowed(path);
        var (view, isEnded) = Look(path, options);
        if (!console.Profile.Out.IsTerminal)
        {
            // A pipe gets one view after another.
            for (; !isEnded && !stop.IsCancellationRequested; (view, isEnded) = Look(path, options))
            {
                console.Write(view);
                await Pause(stop).ConfigureAwait(false);
            }
            console.Write(view);
            return;
        }
        await console.Live(view).StartAsync(async live =>
        {
            while (!isEnded && !stop.IsCancellationRequested)
            {
                await Pause(stop).ConfigureAwait(false);
                (view, isEnded) = Look(path, options);
                live.UpdateTarget(view);
            }
        }).ConfigureAwait(false);
    }

    // Reads the file, which may be empty, or be replaced at this moment.
    private (IRenderable View, bool IsEnded) Look(string path, ReportOptions options)
    {
        try
        {
            var model = ReportSource.Read(path, options);
            _looksAtNothing = 0;
            var isEnded = model.Source.Problem is null && model.Source.Kind == "capture";
            var hint = new Text(isEnded ? "The capture has ended." : "Ctrl+C ends this view, not the game.");
            return (new Rows(TerminalView.Of(model), hint), isEnded);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            var why = Printable.Line(e.Message);
            if (++_looksAtNothing > MostLooksAtNothing)
                throw new IOException($"Nothing came to be in '{path}' that could be shown: {why}", e);
            return (new Text($"Waiting: {why}"), false);
        }
    }

    private async Task Pause(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Interval, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // A stop was requested; the loop sees it.
        }
    }
}
