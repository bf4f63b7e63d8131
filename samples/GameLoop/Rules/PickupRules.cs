namespace GameLoop.Rules;

/// <summary>The rules by which pickups appear, drift and are found.</summary>
internal static class PickupRules
{
    private const int ShortestLife = 120;
    private const int LifeSpread = 480;
    private const float FindRadius = 7;
    private const int AnyFaction = -1;

    public static PickupState Appear(Torus space, Rng rng) => new()
    {
        Position = space.Side * new System.Numerics.Vector2(rng.Unit(), rng.Unit()),
        Velocity = rng.InSquare(0.2f),
        FramesLeft = ShortestLife + rng.Below(LifeSpread),
        Repair = 5 + rng.Below(40),
        LogKey = rng.Next(),
    };

    /// <summary>Moves a pickup by one frame; false once it is gone.</summary>
    public static bool Step(ref PickupState pickup, Torus space)
    {
        pickup.Position = space.Wrap(pickup.Position + pickup.Velocity);
        return --pickup.FramesLeft >= 0;
    }

    /// <summary>Returns the berth of the ship that finds it, or -1.</summary>
    public static int FindFinder(in PickupState pickup, ShipGrid grid) =>
        grid.FirstWithin(pickup.Position, FindRadius, AnyFaction);
}
