namespace Guides.Moving;

/// <summary>The game as it was: everything is an object.</summary>
internal sealed class Step0New : ISwarm
{
    private readonly List<Bullet> _bullets = [];
    private readonly Enemy[] _enemies = new Enemy[Rules.Enemies];
    private int _born;

    public Step0New()
    {
        for (var berth = 0; berth < _enemies.Length; berth++)
            _enemies[berth] = Appear();
    }

    public void Step(int frame)
    {
        var hits = new int[Rules.Side];
        for (var i = _bullets.Count - 1; i >= 0; i--)
        {
            var bullet = _bullets[i];
            bullet.X = Rules.Along(bullet.X, bullet.Speed);
            hits[bullet.X]++;
            if (--bullet.FramesLeft == 0)
                _bullets.RemoveAt(i);
        }
        for (var berth = 0; berth < _enemies.Length; berth++)
        {
            var enemy = _enemies[berth];
            if (enemy.Target is null || enemy.Target.IsDead)
                enemy.Target = _enemies[(berth + frame) % _enemies.Length];
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

    public long Checksum() => _enemies.Sum(enemy => (long)enemy.X * enemy.Serial + enemy.Path.Sum());

    public void Dispose()
    {
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

    private sealed class Bullet
    {
        public int X;
        public int Speed;
        public int FramesLeft;
    }
}
