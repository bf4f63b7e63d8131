using System.Numerics;

namespace GameLoop.Rules;

/// <summary>What others see of a ship: where it was when the frame began.</summary>
internal struct GridEntry
{
    public Vector2 Position;
    public Vector2 Velocity;
    public int Berth;
    public int Faction;
}
