using System.Runtime.CompilerServices;

namespace Arena.Pools;

// How values are freed. The caller's line is loaded for the slow path only, so the fast one is a call of its own.
public sealed unsafe partial class DenseHandleMap<T>
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FreeFast(Handle<T> handle)
    {
        var places = _places;
        var slot = places.Find(Unsafe.BitCast<Handle<T>, Handle<int>>(handle));
        if (slot == null || places.GoesSlowly(slot))
            return false;
        // Before it is freed: what an observer throws then leaves a map that is whole.
        Fill((uint)slot->Value);
        places.FreeFound(slot);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FreeSlowly(Handle<T> handle, string file, int line, string member)
    {
        var placed = Unsafe.BitCast<Handle<T>, Handle<int>>(handle);
        if (!_places.TryGet(placed, out var place))
            return _places.Free(placed, file, line, member);
        var index = (uint)*place;
        try
        {
            return _places.Free(placed, file, line, member);
        }
        finally
        {
            // Also where something around the index was damaged, or an observer threw: it was freed all the same.
            Fill(index);
        }
    }

    // The last value moves to the place of one that is gone.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Fill(uint index)
    {
        var last = (uint)_count - 1;
        _count = (int)last;
        if (index == last)
            return;
        // A live value has a slot: what a stale handle needs is not asked again.
        var handles = (ulong*)_handles.First;
        var moved = handles[last];
        _first[index] = _first[last];
        handles[index] = moved;
        _places.SlotOf((uint)moved)->Value = (int)index;
    }
}
