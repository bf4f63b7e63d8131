using System.Numerics;
using Arena;
using Arena.Collections;
using Arena.Pools;

namespace ArenaGame;

/// <summary>All that lives in the game, none of it on the garbage-collected heap.</summary>
internal sealed class World : IDisposable
{
    private const int Ships = 100;
    private const int LongestTrail = 32;
    private const float Side = 1_000;

    private readonly HandleMap<Ship> _ships;
    private readonly Pool<Spark> _sparks;
    private readonly Heap _heap;
    private readonly FrameAllocator _scratch;
    private readonly Random _random = new(1);
    private NativeList<Handle<Ship>> _fleet;

    public World(PageArena arena)
    {
        _ships = new HandleMap<Ship>(arena);        // Entities, behind handles that never dangle.
        _sparks = new Pool<Spark>(arena);           // Many small things of one type.
        _heap = new Heap(arena);                    // Lists, texts, anything of any size.
        _scratch = new FrameAllocator(arena);       // What dies with the frame.
        _fleet = new(_heap);
        for (var i = 0; i < Ships; i++)
            Launch();
    }

    /// <summary>Plays one frame.</summary>
    public void Step()
    {
        // Scratch needs no free: the end of the frame forgets it.
        var lost = _scratch.AllocateSpan<int>(Ships);
        var lostCount = 0;
        for (var i = 0; i < _fleet.Count; i++)
        {
            ref var ship = ref _ships[_fleet[i]];
            ship.Position += ship.Velocity;
            if (ship.Trail.Count == LongestTrail)
                ship.Trail.RemoveAt(0);
            ship.Trail.Add(ship.Position);
            _sparks.Add(new Spark { Position = ship.Position, FramesLeft = 20 });
            if (Math.Max(Math.Abs(ship.Position.X), Math.Abs(ship.Position.Y)) > Side)
                lost[lostCount++] = i;
        }
        // From the last to the first, so that indices stay right.
        for (var i = lostCount - 1; i >= 0; i--)
        {
            Lose(_fleet[lost[i]]);
            _fleet.RemoveAt(lost[i]);
            Launch();
        }
        // What the body of the loop frees is not shown again.
        foreach (ref var spark in _sparks)
        {
            if (--spark.FramesLeft == 0)
                _sparks.Free(ref spark);
        }
        _scratch.NextFrame();
    }

    /// <summary>Frees everything: what is alive afterwards has leaked.</summary>
    public void Dispose()
    {
        foreach (var ship in _fleet)
            Lose(ship);
        _fleet.Dispose();
        foreach (ref var spark in _sparks)
            _sparks.Free(ref spark);
    }

    public override string ToString() => $"{_ships.LiveCount} ships, {_sparks.LiveCount} sparks";

    private void Launch()
    {
        var direction = 2 * MathF.PI * _random.NextSingle();
        _fleet.Add(_ships.Allocate(new Ship
        {
            Velocity = (4 + 4 * _random.NextSingle()) * new Vector2(MathF.Cos(direction), MathF.Sin(direction)),
            Trail = new(_heap, LongestTrail),
        }));
    }

    // A ship owns its trail: whatever frees a ship disposes the trail first.
    private void Lose(Handle<Ship> handle)
    {
        _ships[handle].Trail.Dispose();
        _ships.Free(handle);
    }
}
