using Arena;
using Arena.Collections;
using Arena.Pools;

namespace Guides.Moving;

/// <summary>
/// The enemies are behind handles, and what they own is in a heap. The first try forgets the lists of the dead, and the
/// second frees them; with the scratch of the frame in frame memory, the last one makes no garbage.
/// </summary>
internal sealed class Step2Handles(PageArena arena, bool forgets, bool hasFrames) : ISwarm
{
    private readonly Pool<Bullet> _bullets = new(arena, new PoolOptions { Name = "bullets" });
    #region allocators
    private readonly HandleMap<Enemy> _enemies = new(arena, new PoolOptions { Name = "enemies" });
    private readonly Heap _heap = new(arena, "paths");
    private readonly FrameAllocator _frame = new(arena);
    #endregion
    private readonly Handle<Enemy>[] _berths = new Handle<Enemy>[Rules.Enemies];
    private int _born;

    public void Step(int frame)
    {
        #region scratch
        var hits = hasFrames ? _frame.AllocateSpan<int>(Rules.Side) : new int[Rules.Side];
        hits.Clear();                                        // frame memory holds what was there before
        #endregion
        foreach (ref var bullet in _bullets)
        {
            bullet.X = Rules.Along(bullet.X, bullet.Speed);
            hits[bullet.X]++;
            if (--bullet.FramesLeft == 0)
                _bullets.Free(ref bullet);
        }
        for (var berth = 0; berth < _berths.Length; berth++)
        {
            if (_berths[berth] == default)
                _berths[berth] = Appear();
        }
        for (var berth = 0; berth < _berths.Length; berth++)
            Step(berth, frame, hits);
        _frame.NextFrame();
    }

    private void Step(int berth, int frame, Span<int> hits)
    {
        ref var enemy = ref _enemies[_berths[berth]];
        #region target
        if (!_enemies.Contains(enemy.Target))                // never had one, or it is dead
            enemy.Target = _berths[(berth + frame) % _berths.Length];
        ref var target = ref _enemies[enemy.Target];
        #endregion
        enemy.X = Rules.Towards(enemy.X, target.X);
        if (Rules.Remembers(frame, enemy.Serial))
            enemy.Path.Add(enemy.X);
        if (Rules.Fires(frame, enemy.Serial))
        {
            var speed = Rules.Speed(enemy.X, target.X);
            _bullets.Add(new Bullet { X = enemy.X, Speed = speed, FramesLeft = Rules.BulletFrames });
        }
        enemy.Health -= hits[enemy.X];
        if (enemy.Health > 0)
            return;
        #region death
        if (!forgets)
            enemy.Path.Dispose();                            // the enemy owned it
        _enemies.Free(_berths[berth]);                       // no flag: its handles no longer resolve
        #endregion
        _berths[berth] = Appear();
    }

    public long Checksum()
    {
        var sum = 0L;
        foreach (var entry in _enemies)
        {
            sum += (long)entry.Value.X * entry.Value.Serial;
            foreach (var x in entry.Value.Path.AsSpan())
                sum += x;
        }
        return sum;
    }

    public void Dispose()
    {
        foreach (var entry in _enemies)
            entry.Value.Path.Dispose();
        _enemies.Clear();
        _bullets.Clear();
        _enemies.Dispose();
        _bullets.Dispose();
        _frame.Dispose();
        _heap.Dispose();
    }

    private Handle<Enemy> Appear() => _enemies.Allocate(
        new Enemy { Serial = ++_born, X = Rules.Birthplace(_born), Health = 20, Path = new(_heap) });

    #region enemy
    private struct Enemy                                     // was a class, with a flag IsDead
    {
        public int Serial;
        public int X;
        public int Health;
        public Handle<Enemy> Target;                         // was a reference
        public NativeList<int> Path;                         // was a List<int>
    }
    #endregion

    private struct Bullet
    {
        public int X;
        public int Speed;
        public int FramesLeft;
    }
}
