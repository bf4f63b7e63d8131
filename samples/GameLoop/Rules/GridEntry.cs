using System.Numerics;

namespace GameLoop.Rules;

/// <summary>The part of a ship that others see: its state when the frame began.</summary>
internal struct GridEntry
{
    public Vector2 Position;
    public Vector2 Velocity;
    public int Berth;
    public int Faction;
}
