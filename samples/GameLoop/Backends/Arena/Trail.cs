using System.Numerics;

namespace GameLoop.Backends.Arena;

internal unsafe struct Trail
{
    public Vector2* Points;
    public int Count;
    public int Capacity;

    public readonly Span<Vector2> AsSpan() => new(Points, Count);
}
