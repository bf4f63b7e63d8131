namespace GameLoop.Backends.Gc;

/// <summary>A copy of all that lives in a <see cref="GcWorld"/>.</summary>
internal sealed record GcState(
    Ship[] Ships, List<Shot> Shots, List<Particle> Particles, List<Pickup> Pickups, WorldState World);
