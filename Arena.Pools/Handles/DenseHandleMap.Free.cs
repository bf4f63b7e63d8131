using System.Runtime.CompilerServices;

namespace Arena.Pools;

// How values are freed. The caller's line is loaded for the slow path only, so the fast one is a call of its own.
public sealed unsafe partial class DenseHandleMap<T>
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FreeFast(Handle<T> handle)
    {
        var placed = Unsafe.BitCast<Handle<T>, Handle<int>>(handle);
        if (!_places.TryGet(placed, out var place))
            return false;
        var index = *place;
        if (!_places.FreeFast(placed))
            return false;
        Fill(index);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FreeSlowly(Handle<T> handle, string file, int line, string member)
    {
        var placed = Unsafe.BitCast<Handle<T>, Handle<int>>(handle);
        if (!_places.TryGet(placed, out var place))
            return _places.Free(placed, file, line, member);
        var index = *place;
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
    private void Fill(int index)
    {
        var last = --_count;
        if (index == last)
            return;
        var moved = _handles.First[last];
        _first[index] = _first[last];
        _handles.First[index] = moved;
        _places[Unsafe.BitCast<Handle<T>, Handle<int>>(moved)] = index;
    }
}
