using System.Numerics;

namespace GameLoop.Rules;

/// <summary>A square world without edges: what leaves on the right comes back on the left.</summary>
/// <param name="Side">Length of a side.</param>
internal readonly record struct Torus(float Side)
{
    /// <summary>Wraps a point that left by less than one side.</summary>
    public Vector2 Wrap(Vector2 point) => new(Wrap(point.X), Wrap(point.Y));

    /// <summary>Returns the shortest way from one point to another.</summary>
    public Vector2 Delta(Vector2 from, Vector2 to) => new(Shortest(to.X - from.X), Shortest(to.Y - from.Y));

    private float Wrap(float value) => value < 0 ? value + Side : value >= Side ? value - Side : value;

    private float Shortest(float delta) =>
        delta > Side / 2 ? delta - Side : delta < -Side / 2 ? delta + Side : delta;
}
