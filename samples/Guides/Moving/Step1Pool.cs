using Arena;
using Arena.Pools;

namespace Guides.Moving;

/// <summary>The bullets are in a pool: what there is most of, and what refers to nothing, moves first.</summary>
internal sealed class Step1Pool(PageArena arena) : ISwarm
{
    #region pool
    private readonly Pool<Bullet> _bullets = new(arena, new PoolOptions { Name = "bullets" });
    #endregion

    private readonly Enemy?[] _enemies = new Enemy?[Rules.Enemies];
    private int _born;

    public void Step(int frame)
    {
        var hits = new int[Rules.Side];
        #region walk
        foreach (ref var bullet in _bullets)
        {
            bullet.X = Rules.Along(bullet.X, bullet.Speed);
            hits[bullet.X]++;
            if (--bullet.FramesLeft == 0)
                _bullets.Free(ref bullet);
        }
        #endregion
        for (var berth = 0; berth < _enemies.Length; berth++)
            _enemies[berth] ??= Appear();
        for (var berth = 0; berth < _enemies.Length; berth++)
        {
            var enemy = _enemies[berth]!;
            if (enemy.Target is null || enemy.Target.IsDead)
                enemy.Target = _enemies[(berth + frame) % _enemies.Length]!;
            enemy.X = Rules.Towards(enemy.X, enemy.Target.X);
            if (Rules.Remembers(frame, enemy.Serial))
                enemy.Path.Add(enemy.X);
            if (Rules.Fires(frame, enemy.Serial))
            {
                var speed = Rules.Speed(enemy.X, enemy.Target.X);
                _bullets.Add(new Bullet { X = enemy.X, Speed = speed, FramesLeft = Rules.BulletFrames });
            }
            enemy.Health -= hits[enemy.X];
            if (enemy.Health > 0)
                continue;
            enemy.IsDead = true;
            _enemies[berth] = Appear();
        }
    }

    public long Checksum() => _enemies.Sum(enemy => (long)enemy!.X * enemy.Serial + enemy.Path.Sum());

    public void Dispose()
    {
        _bullets.Clear();
        _bullets.Dispose();
    }

    private Enemy Appear() => new() { Serial = ++_born, X = Rules.Birthplace(_born), Health = 20 };

    private sealed class Enemy
    {
        public int Serial;
        public int X;
        public int Health;
        public bool IsDead;
        public Enemy? Target;
        public readonly List<int> Path = [];
    }

    #region bullet
    private struct Bullet                                    // was a class
    {
        public int X;
        public int Speed;
        public int FramesLeft;
    }
    #endregion
}
