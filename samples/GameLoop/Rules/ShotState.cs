using System.Numerics;

namespace GameLoop.Rules;

/// <summary>A shot's plain data.</summary>
internal struct ShotState
{
    public Vector2 Position;
    public Vector2 Velocity;
    public int Faction;
    public int FramesLeft;

    public readonly ulong Hash() =>
        Rng.Mix(Rng.Mix(Rng.Mix(Position), Rng.Mix(Velocity)), ((ulong)(uint)Faction << 32) | (uint)FramesLeft);
}
