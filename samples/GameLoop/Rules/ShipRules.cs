using System.Numerics;

namespace GameLoop.Rules;

/// <summary>The rules by which ships start, steer, aim and are damaged.</summary>
internal static class ShipRules
{
    public const int Factions = 4;

    private const int FullHull = 100;
    private const int Reload = 20;
    private const float TopSpeed = 1.6f;
    private const float LockRange = 96;

    public static ShipState Launch(int berth, uint id, Torus space, Rng rng) => new()
    {
        Position = space.Side * new Vector2(rng.Unit(), rng.Unit()),
        Velocity = rng.InSquare(TopSpeed),
        Berth = berth,
        Id = id,
        Faction = berth % Factions,
        Hull = FullHull,
        Cooldown = rng.Below(Reload),
    };

    public static GridEntry Seen(in ShipState ship) => new()
    {
        Position = ship.Position,
        Velocity = ship.Velocity,
        Berth = ship.Berth,
        Faction = ship.Faction,
    };

    /// <summary>
    /// Returns the berth of a ship's partner: ships fly in pairs; the last of an odd number is alone.
    /// </summary>
    public static int Wingman(int berth) => berth ^ 1;

    /// <summary>Returns whether a ship stays locked on a target at this distance.</summary>
    public static bool KeepsLock(Vector2 toTarget) => toTarget.LengthSquared() <= LockRange * LockRange;

    /// <summary>The distance between the berths of pilots that think in the same frame.</summary>
    public const int FramesPerThought = 4;

    /// <summary>
    /// Returns the first berth whose pilot thinks in this frame: 15 times a second, and not all pilots in the same one.
    /// </summary>
    public static int FirstThinker(int frame) => (FramesPerThought - frame % FramesPerThought) % FramesPerThought;

    /// <summary>Decides where to push: with its friends, along its path, after its target, and on as it came.</summary>
    /// <param name="ship">The ship.</param>
    /// <param name="around">The frame as the pilot sees it.</param>
    /// <param name="toPoint">The way to its way point.</param>
    /// <param name="toTarget">The way to its target; null without one.</param>
    /// <param name="wake">The way that it came.</param>
    public static void Steer(
        ref ShipState ship, in Surroundings around, Vector2 toPoint, Vector2? toTarget, Vector2 wake)
    {
        var push = 0.02f * Steering.Direction(toPoint) + 0.004f * Steering.Direction(wake) + 0.01f * around.Push;
        if (around.Friends > 0)
        {
            push += 0.0005f * around.ToFriends / around.Friends;
            push += 0.03f * (around.FriendVelocity / around.Friends - ship.Velocity);
        }
        if (toTarget is { } way)
            push += 0.03f * Steering.Direction(way);
        ship.Push = push;
        ship.HasTarget = toTarget.HasValue;
    }

    /// <summary>Moves a ship by one frame.</summary>
    public static void Step(ref ShipState ship, Torus space)
    {
        ship.Velocity = Steering.AtMost(ship.Velocity + ship.Push, TopSpeed);
        ship.Position = space.Wrap(ship.Position + ship.Velocity);
        ship.Cooldown = Math.Max(0, ship.Cooldown - 1);
        ship.WantsToFire = ship.HasTarget && ship.Cooldown == 0;
        if (ship.WantsToFire)
            ship.Cooldown = Reload;
    }

    /// <summary>Counts a hit by a shot. Sums only: several shots may hit, in any order.</summary>
    public static void Hit(ref ShipState ship)
    {
        ship.Damage += ShotRules.Damage;
        ship.Hits++;
    }

    /// <summary>Counts the finding of a pickup with its log book. Sums only, as in <see cref="Hit"/>.</summary>
    public static void Find(ref ShipState ship, in PickupState pickup, ulong intel)
    {
        ship.Repair += pickup.Repair;
        Learn(ref ship, intel);
    }

    public static void Learn(ref ShipState ship, ulong intel) => ship.Intel = unchecked(ship.Intel + intel);

    /// <summary>Applies the shots and pickups of this frame; false if the ship is lost.</summary>
    public static bool Survives(ref ShipState ship)
    {
        ship.Hull = Math.Min(FullHull, ship.Hull + ship.Repair) - ship.Damage;
        (ship.Damage, ship.Repair, ship.Hits) = (0, 0, 0);
        return ship.Hull > 0;
    }
}
