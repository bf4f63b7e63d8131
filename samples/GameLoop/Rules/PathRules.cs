using System.Numerics;

namespace GameLoop.Rules;

/// <summary>Paths: 4 to 32 way points, each followed for half a second.</summary>
internal static class PathRules
{
    private const int FewestPoints = 4;
    private const int PointSpread = 29;
    private const int FramesPerPoint = 30;
    private const float LegLength = 90;

    public static int ChooseLength(ref Rng rng) => FewestPoints + rng.Below(PointSpread);

    public static void Plan(Span<Vector2> path, Vector2 from, Torus space, ref Rng rng)
    {
        foreach (ref var point in path)
            point = from = space.Wrap(from + rng.InSquare(LegLength));
    }

    /// <summary>Returns the way point to steer for; at or beyond the path's length the path is finished.</summary>
    public static int CurrentPoint(in ShipState ship, int frame) => (frame - ship.PathStart) / FramesPerPoint;
}
