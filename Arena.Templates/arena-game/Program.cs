using Arena;
using Arena.Diagnostics;
using ArenaGame;

// Frames to play; without a number, until Ctrl+C.
var frames = args.Length > 0 ? int.Parse(args[0]) : int.MaxValue;
var stopped = false;
Console.CancelKeyPress += (_, key) => key.Cancel = stopped = true;

using var arena = new PageArena("game");
// Names every live allocation by its line of source. Leave it out where every nanosecond counts.
using var tracker = LeakTracker.Attach(arena);
using (var world = new World(arena))
{
    using var clock = new PeriodicTimer(TimeSpan.FromSeconds(1 / 60.0));
    for (var frame = 1; frame <= frames && !stopped; frame++)
    {
        world.Step();
        tracker.EndFrame();
        if (frame % 60 == 0)
            Console.WriteLine(world);
        await clock.WaitForNextTickAsync();
    }
    Console.WriteLine(world);
}
// Whatever is alive now was forgotten.
Console.WriteLine(tracker.Report());
