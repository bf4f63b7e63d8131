using System.Globalization;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Output;
using GameLoop.Racing;

namespace GameLoop.Viewing;

/// <summary>The run of --view: the game in a terminal, while its backends take turns.</summary>
internal static class ViewSession
{
    // Short, so that the picture moves.
    private const int FramesPerTurn = 3;

    /// <summary>Shows the game until the user has seen enough, or for as many frames as were asked for.</summary>
    public static int Run(RunOptions options, TextWriter output)
    {
        var contestants = Contestants.Start(options) ?? Contestants.Here(options);
        try
        {
            new Screen(output).WithProgress(
                options, races: false, progress => Race.Prepare(contestants, progress));
            Lane[] lanes = [.. contestants.Select(static contestant => new Lane(contestant.Name))];
            using (var screen = new ViewScreen(output))
                Play(options, contestants, lanes, screen);
            foreach (var lane in lanes)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{lane.Name}: median frame {lane.Median:0.00} ms, longest {lane.Longest:0.00} ms"));
            }
            return ExitCode.Success;
        }
        finally
        {
            foreach (var contestant in contestants)
                contestant.Dispose();
        }
    }

    private static void Play(
        RunOptions options, IReadOnlyList<IContestant> contestants, Lane[] lanes, ViewScreen screen)
    {
        var title = string.Create(CultureInfo.InvariantCulture, $"GameLoop  {options.Entities:N0} entities");
        var looks = new WorldLook[contestants.Count];
        for (var frame = 0; !screen.IsLeft && (options.MayStopEarly || frame < options.Frames); frame += FramesPerTurn)
        {
            for (var i = 0; i < contestants.Count && !screen.IsLeft; i++)
            {
                lanes[i].Add(contestants[i].Step(FramesPerTurn).WallNanoseconds);
                looks[i] = contestants[i].Look();
            }
            if (screen.IsLeft)
                break;
            // All worlds are the same one; the first backend's memory is shown.
            var (columns, rows) = ViewScreen.Size();
            screen.Draw(ViewPage.Of(title, looks[0], lanes, columns, rows, hasColours: true));
        }
    }
}
