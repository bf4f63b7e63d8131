using System.Runtime.CompilerServices;
using Arena.Pools;

namespace GameLoop.Backends.Arenas;

/// <summary>
/// Entities that died during a walk, to be freed many in one call. A walk goes on from where it is as long as nothing
/// is freed; after a free it looks again where it stands, which costs as much as the free itself.
/// </summary>
internal ref struct Dead<T>(Pool<T> pool, Span<nint> room)
    where T : unmanaged
{
    private readonly Span<nint> _slots = room;
    private int _count;

    /// <summary>Adds a live slot of the pool; frees what there is once the room is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Add(ref T slot)
    {
        _slots[_count++] = (nint)Unsafe.AsPointer(ref slot);
        if (_count == _slots.Length)
            Free();
    }

    /// <summary>Frees what was added: in address order, which is how a walk finds it.</summary>
    public void Free()
    {
        pool.FreeRange(_slots[.._count]);
        _count = 0;
    }
}
