using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Freeing values. The caller's line is loaded for the slow path only, so the fast path is a method of its own.
public sealed unsafe partial class DenseHandleMap<T>
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FreeFast(Handle<T> handle)
    {
        var places = _places;
        var slot = places.Find(Unsafe.BitCast<Handle<T>, Handle<int>>(handle));
        if (slot == null || places.GoesSlowly(slot))
            return false;
        // All reads come before the writes, so that the map's fields are read once. The last value may move to its own
        // place. This comes before the free, so that an exception of an observer leaves the map whole.
        var index = (uint)slot->Value;
        var last = (uint)_count - 1;
        var (handles, values) = ((nint)_handles.First, (nint)_first);
        var moved = ((ulong*)handles)[last];
        var movedSlot = places.SlotOf(unchecked((uint)moved));
        _count = (int)last;
        ((T*)values)[index] = ((T*)values)[last];
        ((ulong*)handles)[index] = moved;
        movedSlot->Value = (int)index;
        places.FreeFound(slot);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FreeSlowly(Handle<T> handle, string file, int line, string member)
    {
        var placed = Unsafe.BitCast<Handle<T>, Handle<int>>(handle);
        using var call = _places.Call();
        if (!_places.TryGet(placed, out var place))
            return _places.Free(placed, file, line, member);
        if (*place >= _count)
            _places.ThrowShared();
        return FreePlaced(placed, (uint)*place, file, line, member);
    }

    private bool FreePlaced(Handle<int> placed, uint index, string file, int line, string member)
    {
        try
        {
            return _places.Free(placed, file, line, member);
        }
        finally
        {
            // This runs also if bytes around the index were damaged or an observer threw: the slot was freed all the
            // same.
            Fill(index);
        }
    }

    // Moves the last value to the place of the one that was freed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Fill(uint index)
    {
        var last = (uint)_count - 1;
        _count = (int)last;
        if (index == last)
            return;
        // A live value has a slot, so the checks for stale handles are not repeated.
        var handles = (ulong*)_handles.First;
        var moved = handles[last];
        _first[index] = _first[last];
        handles[index] = moved;
        _places.SlotOf(unchecked((uint)moved))->Value = (int)index;
    }
}
