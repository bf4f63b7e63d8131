using Arena;

namespace SurfaceChild;

/// <summary>
/// Threads read everything that any thread may read, while its owner works and then disposes it in any order.
/// </summary>
internal sealed class ThreadsRun(int seed)
{
    private const int Races = 200;
    private const int Scenes = 30;
    private const int Visitors = 3;

    // A visitor ends with its scene; this limit is for one whose owner is stuck.
    private const int MostLooks = 1_000_000;

    private readonly Log _log = new();
    private readonly Random _random = new(seed);

    public int Play()
    {
        for (var race = 0; race < Races; race++)
        {
            using var arena = new PageArena(new PageArenaOptions { Name = "race", ReserveBytes = 1 << 26 });
            new ArenaRace(arena, _log, Visitors).Play(_random.Next());
        }
        for (var number = 0; number < Scenes; number++)
        {
            _log.Calling($"scene {number} of seed {seed}");
            using var scene = new Scene(_log, _random.Next(), isQuiet: number % 2 == 0);
            Play(scene);
        }
        return _log.End();
    }

    private void Play(Scene scene)
    {
        var isOver = false;
        var visitors = Enumerable.Range(0, Visitors).Select(_ => _random.Next()).Select(visitor => new Thread(() =>
        {
            var random = new Random(visitor);
            for (var i = 0; i < MostLooks && !Volatile.Read(ref isOver); i++)
                scene.Look(random);
        })).ToArray();
        Array.ForEach(visitors, visitor => visitor.Start());
        scene.Work();
        scene.End();
        Volatile.Write(ref isOver, true);
        Array.ForEach(visitors, visitor => visitor.Join());
    }
}
