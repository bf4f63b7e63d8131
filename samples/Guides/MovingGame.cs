using System.Globalization;
using Arena;
using Arena.Diagnostics;
using Guides.Moving;

namespace Guides;

/// <summary>One game at five steps of its move from <c>new</c> to Arena, with the leak report open.</summary>
internal static class MovingGame
{
    private const int WarmUp = 120;
    private const int Frames = 600;

    private static readonly string[] Steps =
    [
        "everything is an object", "bullets in a pool", "enemies behind handles, paths in a heap",
        "the dead free their paths", "scratch in frame memory",
    ];

    /// <param name="arguments">The step, from 0; all of them without one.</param>
    /// <param name="output">The writer that gets the result.</param>
    public static void Play(string[] arguments, TextWriter output)
    {
        if (arguments.Length == 0)
        {
            for (var step = 0; step < Steps.Length; step++)
                Play(step, output);
            return;
        }
        if (!int.TryParse(arguments[0], CultureInfo.InvariantCulture, out var one) || one < 0 || one >= Steps.Length)
            throw new ArgumentException($"The steps are 0 to {Steps.Length - 1}, not '{arguments[0]}'.");
        Play(one, output);
    }

    private static void Play(int step, TextWriter output)
    {
        #region report
        using var arena = new PageArena("game");
        using var tracker = LeakTracker.Attach(arena);
        arena.LeaksFound += notice => output.WriteLine($"  {WithoutAddresses(notice)}");
        var swarm = Make(step, arena);
        #endregion
        for (var frame = 0; frame < WarmUp; frame++)
            swarm.Step(frame);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var frame = WarmUp; frame < Frames; frame++)
            swarm.Step(frame);
        var kibibytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 1024.0 / (Frames - WarmUp);
        var garbage = kibibytes.ToString("0.0", CultureInfo.InvariantCulture);
        output.WriteLine($"{step}: {Steps[step]}: checksum {swarm.Checksum()}, {garbage} KiB of garbage a frame");
        swarm.Dispose();
    }

    private static ISwarm Make(int step, PageArena arena) => step switch
    {
        0 => new Step0New(),
        1 => new Step1Pool(arena),
        _ => new Step2Handles(arena, forgets: step == 2, hasFrames: step == 4),
    };

    // Where the memory lay says little to a reader, and is different each time.
    private static string WithoutAddresses(LeakNotice notice) =>
        $"{notice.Kind} '{notice.AllocatorName}': {notice.LiveCount} left: {string.Join("; ", notice.Lines)}";
}
