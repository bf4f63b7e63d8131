using System.Numerics;

namespace GameLoop.Rules;

/// <summary>A drifting repair kit; the log book that comes with it is kept by each backend in its own way.</summary>
internal struct PickupState
{
    public Vector2 Position;
    public Vector2 Velocity;
    public int FramesLeft;
    public int Repair;

    /// <summary>The key that determines the text of its log book.</summary>
    public ulong LogKey;

    public readonly ulong Hash() => Rng.Mix(Rng.Mix(Rng.Mix(Position), LogKey), (uint)FramesLeft);
}
