using Arena;
using Arena.Collections;

namespace GameLoop.Backends.Jobs;

/// <summary>
/// Pointers to all entities of a kind, divided into chunks that workers step at the same time. A worker closes the
/// gaps in its chunk, and the caller those between chunks when all are done.
/// </summary>
/// <remarks>
/// <code>
///   before     | a b c d | e f g h | i j     |
///   stepped    | a c d . | f g . . | i j     |      b, e and h have died; a chunk knows how many are left
///   closed     | a c d f | g i j             |      in an order that does not depend on who stepped what
/// </code>
/// </remarks>
internal unsafe struct EntityList<T>(AllocatorHandle memory) : IDisposable
    where T : unmanaged
{
    /// <summary>Entities of a chunk.</summary>
    public const int ChunkLength = 512;

    private NativeList<nint> _items = new(memory);
    private NativeList<int> _left = new(memory);

    public readonly int Count => _items.Count;

    public readonly int ChunkCount => (Count + ChunkLength - 1) / ChunkLength;

    public readonly T* this[int index] => (T*)_items[index];

    public void Add(T* item) => _items.Add((nint)item);

    /// <summary>Prepares for a step: no entity is added until it is closed.</summary>
    public void Begin()
    {
        _left.Clear();
        _left.AddUninitialized(ChunkCount);
    }

    /// <summary>The entities of a chunk.</summary>
    public readonly Span<nint> Chunk(int chunk)
    {
        var items = _items.AsSpan()[(chunk * ChunkLength)..];
        return items[..Math.Min(ChunkLength, items.Length)];
    }

    /// <summary>Notes that the first entities of a chunk are all that is left of it.</summary>
    public readonly void Keep(int chunk, int count) => _left[chunk] = count;

    /// <summary>Closes the gaps between chunks.</summary>
    public void Close()
    {
        var count = 0;
        for (var chunk = 0; chunk < _left.Count; chunk++)
        {
            Chunk(chunk)[.._left[chunk]].CopyTo(_items.AsSpan()[count..]);
            count += _left[chunk];
        }
        // The first ones stay as they are.
        _items.Clear();
        _items.AddUninitialized(count);
    }

    public void Dispose()
    {
        _items.Dispose();
        _left.Dispose();
    }
}
