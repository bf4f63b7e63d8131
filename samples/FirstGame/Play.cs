using System.Globalization;
using Arena;
using Arena.Diagnostics;

namespace FirstGame;

/// <summary>
/// Plays the game for some frames: <c>dotnet run -c Release --project samples/FirstGame -- [FRAMES] [--leak]</c>.
/// </summary>
internal static class Play
{
    private const int UsualFrames = 600;
    private const int FewestFrames = 1;
    private const int MostFrames = 1_000_000;

    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        var leaks = arguments.Contains("--leak");
        var numbers = arguments.Where(argument => argument != "--leak").ToArray();
        var frames = UsualFrames;
        if (numbers.Length > 1 || (numbers.Length == 1 && !IsFrameCount(numbers[0], out frames)))
        {
            error.WriteLine($"Usage: FirstGame [FRAMES, {FewestFrames} to {MostFrames}] [--leak]");
            return 2;
        }
        using var arena = new PageArena("first game");
        // It names the lines of allocations that are alive at the end. A game that ships leaves it out, or attaches it
        // when asked.
        using var tracker = LeakTracker.Attach(arena);
        using (var game = new Game(arena, leaks))
        {
            for (var frame = 0; frame < frames; frame++)
                game.Step();
            output.WriteLine(game.ToString());
        }
        var report = tracker.Report();
        if (report.LiveCount == 0)
        {
            output.WriteLine("Nothing leaked.");
            return 0;
        }
        output.WriteLine(report.ToString());
        return 3;
    }

    private static bool IsFrameCount(string text, out int frames) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out frames)
        && frames is >= FewestFrames and <= MostFrames;
}
