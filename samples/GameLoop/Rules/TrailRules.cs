using System.Numerics;

namespace GameLoop.Rules;

/// <summary>
/// Trails: a point every fourth frame; room for 4, 8, 16 and at last 32 points, then the oldest point makes room.
/// </summary>
internal static class TrailRules
{
    public const int MaximumPoints = 32;

    private const int FirstCapacity = 4;
    private const int FramesPerPoint = 4;

    /// <summary>
    /// Returns whether a point is due; the clock is the entity's own, so that not all trails grow at once.
    /// </summary>
    public static bool IsDue(int clock) => clock % FramesPerPoint == 0;

    /// <summary>Returns the next capacity.</summary>
    public static int Grow(int capacity) => capacity == 0 ? FirstCapacity : 2 * capacity;

    /// <summary>Returns the way from the oldest point to the newest.</summary>
    public static Vector2 Wake(ReadOnlySpan<Vector2> points, Torus space) =>
        points.IsEmpty ? Vector2.Zero : space.Delta(points[0], points[^1]);

    public static ulong Hash(ReadOnlySpan<Vector2> points)
    {
        var hash = (ulong)points.Length;
        foreach (var point in points)
            hash = Rng.Mix(hash, Rng.Mix(point));
        return hash;
    }
}
