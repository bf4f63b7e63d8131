using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The slow paths of allocations: growth, and calls that check their thread.
public sealed unsafe partial class DenseHandleMap<T>
{
    // The number of values for which there is room.
    private int Room => Math.Min(Math.Min(_values.Capacity, _handles.Capacity), _maximum);

    private int NextCapacity => (int)Math.Min((uint)_maximum, Math.Max(FewestCapacity, 2 * (uint)Room));

    // The value is passed as a copy, because it may lie in the array that moves.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Handle<T> AllocateSlowly(T value, string file, int line, string member)
    {
        using var call = _places.Call();
        ThrowIfDisposed();
        if (_count >= Room)
            GrowTo(NextCapacity);
        return Append(in value, _places.Allocate(_count, file, line, member), (uint)_count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryAllocateSlowly(T value, out Handle<T> handle, in SourceLine caller)
    {
        handle = default;
        using var call = _places.Call();
        ThrowIfDisposed();
        if (_count >= Room && WhyNotGrown(NextCapacity) is not null)
            return false;
        if (!_places.TryAllocate(_count, out var place, caller.File, caller.Line, caller.Member))
            return false;
        handle = Append(in value, place, (uint)_count);
        return true;
    }

    private void GrowTo(int capacity)
    {
        if (capacity > Room && WhyNotGrown(capacity) is { } why)
            _places.ThrowOutOfMemory((nuint)(uint)capacity * (nuint)sizeof(T), why);
    }

    // Returns null, or the reason why there is no room for one more; then the arrays are unchanged, or one is larger.
    private string? WhyNotGrown(int capacity)
    {
        if (capacity <= Room)
            return SlabSet.WhyFull(_maximum);
        var owner = _places.OwnerToken;
        var why = _values.Grow(_arena, owner, _count, capacity) ?? _handles.Grow(_arena, owner, _count, capacity);
        Rebase();
        return why;
    }

    private void Rebase()
    {
        _first = _values.First;
        _capacity = _places.ChecksThreads ? 0 : Room;
    }
}
