using System.Numerics;

namespace GameLoop.Rules;

/// <summary>The birth and the motion of particles.</summary>
internal static class ParticleRules
{
    private const int ShortestLife = 15;
    private const int LifeSpread = 45;
    private const float Drag = 0.96f;

    public static ParticleState Exhaust(in ShipState ship, Rng rng) =>
        New(ship.Position, -0.5f * ship.Velocity + rng.InSquare(0.25f), Colours.Exhaust, ref rng);

    public static ParticleState Spark(in ShipState ship, Rng rng) =>
        New(ship.Position, ship.Velocity + rng.InSquare(1.5f), Colours.Spark, ref rng);

    public static ParticleState Wreck(in ShipState ship, Rng rng) =>
        New(ship.Position + rng.InSquare(3), 0.5f * ship.Velocity + rng.InSquare(3), Colours.Wreck, ref rng);

    /// <summary>Moves a particle by one frame; false once it has faded.</summary>
    public static bool Step(ref ParticleState particle, Torus space)
    {
        if (--particle.FramesLeft < 0)
            return false;
        particle.Velocity *= Drag;
        particle.Position = space.Wrap(particle.Position + particle.Velocity);
        return true;
    }

    private static ParticleState New(Vector2 position, Vector2 velocity, uint colour, ref Rng rng) => new()
    {
        Position = position,
        Velocity = velocity,
        FramesLeft = ShortestLife + rng.Below(LifeSpread),
        Colour = colour,
    };
}
