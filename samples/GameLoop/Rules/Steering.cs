using System.Numerics;

namespace GameLoop.Rules;

/// <summary>Vector operations for steering: nothing here divides by zero.</summary>
internal static class Steering
{
    /// <summary>Returns the vector with length 1, or zero for zero.</summary>
    public static Vector2 Direction(Vector2 vector)
    {
        var length = vector.Length();
        return length > 0 ? vector / length : Vector2.Zero;
    }

    public static Vector2 AtMost(Vector2 vector, float limit)
    {
        var length = vector.Length();
        return length > limit ? vector * (limit / length) : vector;
    }
}
