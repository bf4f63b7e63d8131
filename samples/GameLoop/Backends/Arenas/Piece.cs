using System.Runtime.CompilerServices;
using Arena.Pools;

namespace GameLoop.Backends.Arenas;

/// <summary>
/// A fixed number of items: an allocation of the heap and its length, 16 bytes. A list can grow, and stale copies of it
/// are noticed; for that it takes 40 bytes and a ticket.
/// </summary>
internal readonly unsafe struct Piece<T>
    where T : unmanaged
{
    private readonly T* _items;
    private readonly int _count;

    public Piece(
        Heap heap, int count,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        _items = (T*)heap.Allocate((nuint)count * (nuint)sizeof(T), 0, file, line, member);
        _count = count;
    }

    public int Count => _count;

    /// <summary>The items; new ones hold whatever was there before.</summary>
    public Span<T> AsSpan() => new(_items, _count);

    /// <summary>Frees it; the default value is nothing.</summary>
    public void FreeIn(Heap heap) => heap.Free(_items);
}
