using System.Numerics;
using Arena;
using Arena.Collections;
using Arena.Pools;

namespace FirstGame;

/// <summary>
/// A small game that shows the usual pieces together, without a pointer: ships behind handles with a trail that grows,
/// bullets in a pool, a map of names, messages in a queue, scratch for one frame, and a job for several threads.
/// </summary>
internal sealed class Game : IDisposable
{
    private const int ShipCount = 200;
    private const int LongestTrail = 64;
    private const int Jobs = 4;
    private const float Side = 1000;
    private const float Sight = 120;

    private readonly bool _leaks;
    private readonly HandleMap<Ship> _ships;
    private readonly Pool<Bullet> _bullets;
    private readonly Heap _heap;
    private readonly SharedHeap _jobHeap;
    private readonly FrameAllocator _scratch;
    private readonly Handle<Ship>[] _berths = new Handle<Ship>[ShipCount];
    private readonly NativeList<int>[] _found = new NativeList<int>[Jobs];
    private readonly Action<int> _job;
    private NativeDictionary<CallSign, Handle<Ship>> _byName;
    private NativeQueue<Message> _messages;
    private NativeList<Vector2> _positions;
    private NativeText _log;
    private uint _random = 1;
    private int _launched;
    private int _frame;
    private int _sunk;

    /// <param name="arena">The arena of all memory.</param>
    /// <param name="leaks">True if it forgets to dispose the trails of ships that are lost.</param>
    public Game(PageArena arena, bool leaks)
    {
        _leaks = leaks;
        _ships = new HandleMap<Ship>(arena, new PoolOptions { Name = "ships" });
        _bullets = new Pool<Bullet>(arena, new PoolOptions { Name = "bullets" });
        _heap = new Heap(arena, "game data");
        _jobHeap = new SharedHeap(arena, "jobs");
        _scratch = new FrameAllocator(arena);
        _byName = new(_heap, ShipCount);
        _messages = new(_heap);
        _positions = new(_heap, ShipCount);
        _log = new(_heap);
        _job = LookAround;
        for (var berth = 0; berth < ShipCount; berth++)
            Launch(berth);
    }

    public void Step()
    {
        _frame++;
        MoveShips();
        AimAndFire();
        MoveBullets();
        ReadMessages();
        _scratch.NextFrame();
    }

    /// <summary>Ends the game in an orderly way: whatever is alive afterwards has leaked.</summary>
    public void Dispose()
    {
        foreach (var berth in _berths)
            Free(berth, forgets: false);
        foreach (ref var bullet in _bullets)
            _bullets.Free(ref bullet);
        foreach (ref var found in _found.AsSpan())
            found.Dispose();
        _byName.Dispose();
        _messages.Dispose();
        _positions.Dispose();
        _log.Dispose();
    }

    public override string ToString()
    {
        _log.Clear();
        _log.Append($"Frame {_frame}: {_ships.LiveCount} ships, {_bullets.LiveCount} bullets, {_sunk} ships lost.");
        return _log.ToString();
    }

    private void MoveShips()
    {
        _positions.Clear();
        foreach (var berth in _berths)
        {
            ref var ship = ref _ships[berth];
            ship.Position = Wrap(ship.Position + ship.Velocity);
            if (ship.Trail.Count == LongestTrail)
                ship.Trail.RemoveAt(0);
            ship.Trail.Add(ship.Position);
            _positions.Add(ship.Position);
        }
    }

    // Every thread looks for one part of the ships, and leaves what it found in a list of the shared heap.
    private void AimAndFire()
    {
        Parallel.For(0, Jobs, _job);
        foreach (ref var found in _found.AsSpan())
        {
            for (var i = 0; i < found.Count; i += 2)
                Fire(found[i], found[i + 1]);
        }
    }

    private void LookAround(int job)
    {
        ref var found = ref _found[job];
        if (found.Capacity == 0)
            found = new(_jobHeap, 64);
        found.Clear();
        for (var berth = job; berth < ShipCount; berth += Jobs)
        {
            if ((_frame + berth) % 10 != 0)
                continue;
            var nearest = Nearest(berth);
            if (nearest >= 0)
                found.AddRange([berth, nearest]);
        }
    }

    private int Nearest(int berth)
    {
        var positions = _positions.AsSpan();
        var (nearest, distance) = (-1, Sight * Sight);
        for (var other = 0; other < positions.Length; other++)
        {
            var apart = Vector2.DistanceSquared(positions[berth], positions[other]);
            if (other != berth && apart < distance)
                (nearest, distance) = (other, apart);
        }
        return nearest;
    }

    private void Fire(int berth, int target)
    {
        ref var ship = ref _ships[_berths[berth]];
        ship.Target = _berths[target];
        var direction = Vector2.Normalize(_positions[target] - _positions[berth] + new Vector2(0.001f));
        _bullets.Add(new Bullet { Position = ship.Position, Velocity = 9 * direction, FramesLeft = 30 });
    }

    private void MoveBullets()
    {
        // Scratch that nothing has to free: which ships are hit in this frame.
        var hits = _scratch.AllocateSpan<int>(ShipCount);
        hits.Clear();
        foreach (ref var bullet in _bullets)
        {
            bullet.Position = Wrap(bullet.Position + bullet.Velocity);
            var hit = HitBy(in bullet);
            if (hit >= 0)
                hits[hit]++;
            if (hit >= 0 || --bullet.FramesLeft == 0)
                _bullets.Free(ref bullet);
        }
        for (var berth = 0; berth < hits.Length; berth++)
        {
            if (hits[berth] > 0)
                _messages.Enqueue(new Message(_ships[_berths[berth]].Name, hits[berth]));
        }
    }

    private int HitBy(in Bullet bullet)
    {
        // A bullet that was just fired must not hit the ship that fired it.
        if (bullet.FramesLeft > 28)
            return -1;
        var positions = _positions.AsSpan();
        for (var berth = 0; berth < positions.Length; berth++)
        {
            if (Vector2.DistanceSquared(positions[berth], bullet.Position) < 36)
                return berth;
        }
        return -1;
    }

    private void ReadMessages()
    {
        while (_messages.TryDequeue(out var message))
        {
            if (!_byName.TryGetValue(message.To, out var handle))
                continue;
            ref var ship = ref _ships.Find(handle, out var found);
            if (!found || (ship.Health -= message.Damage) > 0)
                continue;
            _sunk++;
            var berth = Array.IndexOf(_berths, handle);
            Free(handle, _leaks);
            Launch(berth);
        }
    }

    private void Launch(int berth)
    {
        var name = CallSign.Of(_launched++);
        var handle = _ships.Allocate(new Ship
        {
            Name = name,
            Position = new Vector2(Next(Side), Next(Side)),
            Velocity = new Vector2(Next(4) - 2, Next(4) - 2),
            Health = 3,
            Trail = new(_heap, 8),
        });
        _byName.TryAdd(name, handle);
        _berths[berth] = handle;
    }

    private void Free(Handle<Ship> handle, bool forgets)
    {
        ref var ship = ref _ships[handle];
        _byName.Remove(ship.Name);
        // A container inside an element has memory of its own: freeing the element does not free it.
        if (!forgets)
            ship.Trail.Dispose();
        _ships.Free(handle);
    }

    private static Vector2 Wrap(Vector2 position) => new((position.X + Side) % Side, (position.Y + Side) % Side);

    private float Next(float below)
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return below * (_random >> 8) / (1 << 24);
    }
}
