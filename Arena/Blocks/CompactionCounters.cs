namespace Arena;

/// <summary>
/// The work of an allocator's compactions, and what another one could gain. The allocator's own thread writes it; any
/// thread reads it, each number by itself.
/// </summary>
internal sealed class CompactionCounters
{
    private long _movedBytes;
    private long _returnedBytes;
    private long _sharedBytes;
    private long _gainableBytes;
    private long _holeCount;
    private long _largestHoleBytes;
    private long _pinnedCount;

    /// <summary>Bytes that were copied from one place to another.</summary>
    public long MovedBytes => Volatile.Read(ref _movedBytes);

    /// <summary>Bytes of storage that went back to the OS.</summary>
    public long ReturnedBytes => Volatile.Read(ref _returnedBytes);

    /// <summary>Bytes of pages that show the storage of others.</summary>
    public long SharedBytes
    {
        get => Volatile.Read(ref _sharedBytes);
        set => Volatile.Write(ref _sharedBytes, value);
    }

    /// <summary>Bytes of storage beside what lives, as they were counted last: the most that could be gained.</summary>
    public long GainableBytes
    {
        get => Volatile.Read(ref _gainableBytes);
        set => Volatile.Write(ref _gainableBytes, value);
    }

    /// <summary>Free runs between allocations, as they were counted last.</summary>
    public long HoleCount => Volatile.Read(ref _holeCount);

    /// <summary>The bytes of the longest of them.</summary>
    public long LargestHoleBytes => Volatile.Read(ref _largestHoleBytes);

    /// <summary>Allocations that must not move at the moment.</summary>
    public long PinnedCount
    {
        get => Volatile.Read(ref _pinnedCount);
        set => Volatile.Write(ref _pinnedCount, value);
    }

    /// <summary>Adds the work of one call.</summary>
    public void Add(nuint movedBytes, nuint returnedBytes)
    {
        Volatile.Write(ref _movedBytes, _movedBytes + (long)movedBytes);
        Volatile.Write(ref _returnedBytes, _returnedBytes + (long)returnedBytes);
    }

    /// <summary>Keeps all numbers but that of pins, which do not go back.</summary>
    public void KeepState(StateStream state)
    {
        _movedBytes = state.Keep(_movedBytes);
        _returnedBytes = state.Keep(_returnedBytes);
        _sharedBytes = state.Keep(_sharedBytes);
        _gainableBytes = state.Keep(_gainableBytes);
        _holeCount = state.Keep(_holeCount);
        _largestHoleBytes = state.Keep(_largestHoleBytes);
    }

    /// <summary>Sets what a walk over the bitmaps has counted.</summary>
    public void SetHoles(int count, nuint largestBytes)
    {
        Volatile.Write(ref _holeCount, count);
        Volatile.Write(ref _largestHoleBytes, (long)largestBytes);
    }
}
