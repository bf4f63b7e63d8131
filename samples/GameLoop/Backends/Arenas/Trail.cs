using System.Numerics;
using System.Runtime.CompilerServices;
using Arena.Pools;
using GameLoop.Rules;

namespace GameLoop.Backends.Arenas;

/// <summary>
/// The points of a trail, which grow in a heap: an address, a count and a capacity, 16 bytes, as in C. The job system
/// keeps its trails in lists, which notice stale copies.
/// </summary>
internal unsafe struct Trail
{
    private Vector2* _points;
    private int _count;
    private int _capacity;

    /// <summary>True when the next point takes the place of the oldest.</summary>
    public readonly bool IsLongest => _count == TrailRules.MaximumPoints;

    /// <summary>True when there is no room for the next point.</summary>
    public readonly bool IsFull => _count == _capacity;

    public readonly Span<Vector2> AsSpan() => new(_points, _count);

    public void Grow(
        Heap heap,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var capacity = TrailRules.Grow(_capacity);
        _points = (Vector2*)heap.Reallocate(_points, (nuint)capacity * (nuint)sizeof(Vector2), file, line, member);
        _capacity = capacity;
    }

    public void RemoveOldest()
    {
        AsSpan()[1..].CopyTo(AsSpan());
        _count--;
    }

    public void Add(Vector2 point) => _points[_count++] = point;

    public readonly void FreeIn(Heap heap) => heap.Free(_points);
}
