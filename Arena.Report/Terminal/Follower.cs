using Arena.Report.Model;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Arena.Report.Terminal;

/// <summary>Shows a capture that is being written. It reads the file again every second, until stopped.</summary>
internal static class Follower
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Runs until the capture is ended or a stop is requested.</summary>
    public static async Task Follow(
        string path, ReportOptions options, IAnsiConsole console, CancellationToken stop)
    {
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

    // Reads the file, which may not exist, or be empty.
    private static (IRenderable View, bool IsEnded) Look(string path, ReportOptions options)
    {
        try
        {
            var model = ReportSource.Read(path, options);
            var isEnded = model.Source.Problem is null && model.Source.Kind == "capture";
            var hint = new Text(isEnded ? "The capture has ended." : "Ctrl+C ends this view, not the game.");
            return (new Rows(TerminalView.Of(model), hint), isEnded);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return (new Text($"Waiting: {Printable.Line(e.Message)}"), false);
        }
    }

    private static async Task Pause(CancellationToken stop)
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
