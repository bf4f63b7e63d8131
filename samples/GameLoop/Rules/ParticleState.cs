using System.Numerics;

namespace GameLoop.Rules;

/// <summary>A particle: a spark, a piece of wreck or exhaust. It meets nothing and only fades.</summary>
internal struct ParticleState
{
    public Vector2 Position;
    public Vector2 Velocity;
    public int FramesLeft;
    public uint Colour;

    public readonly ulong Hash() =>
        Rng.Mix(Rng.Mix(Rng.Mix(Position), Rng.Mix(Velocity)), ((ulong)(uint)FramesLeft << 32) | Colour);
}
