using Arena;
using Arena.Pools;

namespace Guides;

/// <summary>A hundred ships that shoot at each other: entities behind handles, and a pool that is walked.</summary>
internal static class EntityLoop
{
    private const int Ships = 100;
    private const int Frames = 600;
    private const int WarmUp = 100;

    public static void Play(string[] arguments, TextWriter output)
    {
        using var arena = new PageArena("game");
        using var game = new Game(arena);
        for (var frame = 0; frame < WarmUp; frame++)
            game.Step(frame);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var frame = WarmUp; frame < Frames; frame++)
            game.Step(frame);
        var garbage = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{Frames} frames: {game}.");
        output.WriteLine($"{garbage} bytes of garbage in the last {Frames - WarmUp} frames.");
    }

    #region types
    private struct Ship
    {
        public int Berth;
        public int Health;
        public Handle<Ship> Target;                         // 8 bytes, and harmless when the target is gone
    }

    private struct Shot
    {
        public Handle<Ship> Target;
        public int FramesLeft;
    }
    #endregion

    private sealed class Game(PageArena arena) : IDisposable
    {
        #region allocators
        private readonly HandleMap<Ship> _ships = new(arena, new PoolOptions { Name = "ships" });
        private readonly Pool<Shot> _shots = new(arena, new PoolOptions { Name = "shots" });
        #endregion

        private readonly Handle<Ship>[] _berths = new Handle<Ship>[Ships];
        private int _lost;
        private int _tooLate;

        public void Step(int frame)
        {
            FillBerths();
            Shoot(frame);
            MoveShots();
        }

        public void Dispose()
        {
            _ships.Clear();                                 // else Dispose would report them as leaks
            _shots.Clear();
            _ships.Dispose();
            _shots.Dispose();
        }

        public override string ToString() =>
            $"{_ships.LiveCount} ships, {_shots.LiveCount} shots, {_lost} ships lost, "
            + $"{_tooLate} shots found their target gone";

        #region birth
        private void FillBerths()
        {
            for (var berth = 0; berth < Ships; berth++)
            {
                if (!_ships.Contains(_berths[berth]))       // false for the default handle, too
                    _berths[berth] = _ships.Allocate(new Ship { Berth = berth, Health = 2 + berth % 3 });
            }
        }
        #endregion

        #region walk
        private void Shoot(int frame)
        {
            foreach (var entry in _ships)
            {
                ref var ship = ref entry.Value;
                if (!_ships.Contains(ship.Target))          // it died, or there was none: look for the next
                    ship.Target = _berths[(ship.Berth + frame) % Ships];
                if ((frame + ship.Berth) % 10 == 0)
                    _shots.Add(new Shot { Target = ship.Target, FramesLeft = 1 + ship.Berth % 20 });
            }
        }

        private void MoveShots()
        {
            foreach (ref var shot in _shots)                // in address order
            {
                if (--shot.FramesLeft > 0)
                    continue;
                Hit(shot.Target);
                _shots.Free(ref shot);                      // the current one may be freed
            }
        }
        #endregion

        #region death
        private void Hit(Handle<Ship> target)
        {
            ref var ship = ref _ships.Find(target, out var found);
            if (!found)
            {
                _tooLate++;                                 // a stale handle never resolves
                return;
            }
            if (--ship.Health > 0)
                return;
            _ships.Free(target);
            _lost++;
        }
        #endregion
    }
}
