using System.Diagnostics;
using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Capture;

/// <summary>
/// A process that captures itself until it is killed: this assembly, started as a program with a variable that names
/// the file. It prints the number of frames that are in the file for certain, line by line.
/// </summary>
internal static class Victim
{
    private const string Variable = "ARENA_TESTS_VICTIM";

    /// <summary>Starts one that writes into a file.</summary>
    public static Process Start(string path)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Victim).Assembly.Location])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[Variable] = path;
        return Process.Start(start)!;
    }

    // Before the entry point that the test SDK makes, which does nothing.
    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path)
            Play(path);
    }

    private static unsafe void Play(string path)
    {
        using var arena = new PageArena("victim");
        using var pool = new Pool<long>(arena, new PoolOptions { Name = "forgotten" });
        using var tracker = LeakTracker.Attach(arena);
        using var writer = CaptureWriter.Start(
            path, new CaptureOptions { Interval = TimeSpan.FromMilliseconds(10) }, tracker);
        var (frames, written) = (0L, 0L);
        while (true)
        {
            pool.Allocate();
            tracker.EndFrame();
            // A writing that began after those frames has ended.
            if (writer.WrittenCount < written + 2)
                continue;
            Console.WriteLine(frames);
            (frames, written) = (tracker.Frame, writer.WrittenCount);
        }
    }
}
