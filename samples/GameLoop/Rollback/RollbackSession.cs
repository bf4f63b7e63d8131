using System.Globalization;
using GameLoop.Options;
using GameLoop.Output;
using GameLoop.Rules;
using Spectre.Console;

namespace GameLoop.Rollback;

/// <summary>The run of --rollback: plays the sync test, and shows what a frame costs that can go back.</summary>
internal static class RollbackSession
{
    private const int EnoughFrames = 300;

    // By hand, a frame takes ten times as long.
    private const int SlowShare = 10;
    private const int FewestFrames = 20;

    public static int Run(RunOptions options, TextWriter output, TextWriter error)
    {
        var settings = new WorldSettings(options.Entities, options.Seed);
        List<RollbackResult> results = [];
        var frames = options.MayStopEarly ? Math.Min(options.Frames, EnoughFrames) : options.Frames;
        foreach (var make in Makers(options, settings))
        {
            using var rollback = make();
            var its = rollback is GcRollback ? Math.Max(Math.Min(frames, FewestFrames), frames / SlowShare) : frames;
            results.Add(new SyncTest(its, options.Rollback, output).Play(rollback, SyncTest.FramesFor(frames)));
        }
        Show(options, results, WideConsole.On(output));
        if (results.Find(result => result.WrongFrame >= 0) is { } wrong)
        {
            error.WriteLine($"{wrong.Name}: frame {wrong.WrongFrame} came out otherwise when it was played again.");
            return ExitCode.Failed;
        }
        if (results.Select(result => result.Checksum).Distinct().Count() == 1)
            return ExitCode.Success;
        error.WriteLine("The backends disagree about the checksum: one of them is broken.");
        return ExitCode.Failed;
    }

    private static IEnumerable<Func<IRollback>> Makers(RunOptions options, WorldSettings settings)
    {
        if (options.Backends.Contains(Backend.Arena))
            yield return () => new ArenaRollback(settings);
        if (options.Backends.Contains(Backend.Gc))
            yield return () => new GcRollback(settings);
    }

    private static void Show(RunOptions options, IReadOnlyList<RollbackResult> results, IAnsiConsole console)
    {
        console.WriteLine(
            $"{options.Entities} entities. Milliseconds (medians) of a frame, of one that is saved, of the save, of "
            + $"going {options.Rollback} frames back, and of that and playing them again; memory held, garbage of a "
            + "frame:");
        var table = new Table().AddColumns(
            "memory", "frame", "saved", "ratio", "save", "back", "and again", "in frames", "MiB", "garbage B");
        foreach (var result in results)
        {
            table.AddRow(
                result.Name, Number(result.FrameMs, 3), Number(result.SavedFrameMs, 3),
                Number(result.SavedFrameMs / result.FrameMs, 2), Number(result.SaveMs, 3),
                Number(result.RestoreMs, 3), Number(result.RollbackMs, 3),
                Number(result.RollbackMs / result.FrameMs, 1),
                result.HeldBytes < 0 ? "" : Number(result.HeldBytes / 1048576.0, 1),
                result.ManagedBytes.ToString(CultureInfo.InvariantCulture));
        }
        console.Write(table);
    }

    private static string Number(double value, int digits) =>
        value.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
