using System.Numerics;

namespace GameLoop.Rules;

/// <summary>The rules by which shots are fired, seek and hit.</summary>
internal static class ShotRules
{
    public const int Damage = 10;

    private const int Life = 50;
    private const float Speed = 3.5f;
    private const float Seeking = 0.15f;
    private const float HitRadius = 5;

    public static ShotState FiredBy(in ShipState ship, Rng rng)
    {
        var direction = ship.Velocity + rng.InSquare(0.8f);
        return new ShotState
        {
            Position = ship.Position,
            Velocity = Speed * Steering.Direction(direction),
            Faction = ship.Faction,
            FramesLeft = Life,
        };
    }

    /// <summary>Turns a shot towards the ship that it is locked on.</summary>
    public static void Seek(ref ShotState shot, Vector2 target, Torus space)
    {
        var pull = Seeking * Steering.Direction(space.Delta(shot.Position, target));
        shot.Velocity = Speed * Steering.Direction(shot.Velocity + pull);
    }

    /// <summary>Moves a shot by one frame; false once it is spent.</summary>
    public static bool Step(ref ShotState shot, Torus space)
    {
        shot.Position = space.Wrap(shot.Position + shot.Velocity);
        return --shot.FramesLeft >= 0;
    }

    /// <summary>Returns the berth of the ship that it hits, or -1.</summary>
    public static int FindHit(in ShotState shot, ShipGrid grid) =>
        grid.FirstWithin(shot.Position, HitRadius, exceptFaction: shot.Faction);
}
