using System.Diagnostics.CodeAnalysis;

namespace Arena.Pools;

// Gives memory back although the survivors are scattered.
public sealed unsafe partial class Pool<T>
{
    // A round begins when this many quarters of the slots that have storage are free, and this many bytes could be
    // gained.
    private const int FreeQuarters = 2;
    private const long LeastGainBytes = 256 << 10;

    private bool _isStepping;
    private bool _isRoundDone;

    // Storage of free slots at the end of the last round; what was freed since then may be gained in a further one.
    private int _freeAfterRound;

    /// <summary>
    /// Puts pages whose live slots do not overlap onto one page of storage each, and gives the storage that becomes
    /// free back to the operating system. No address changes.
    /// </summary>
    /// <param name="maximumPages">
    /// The most pages to put onto others. Each is copied, mapped and given back, in 5 to 25 microseconds.
    /// </param>
    /// <returns>
    /// Bytes given back; 0 if it found no more pages that fit together, each compared with 128 others at most, or if
    /// the OS refuses more.
    /// </returns>
    /// <remarks>
    /// <para>
    /// It needs an arena with <see cref="PageArenaOptions.SharePages"/>, and a moment when no thread writes into the
    /// pool. Live values may be read, written and freed as before. A free slot of a shared page rests, because its
    /// bytes may belong to another page's live slot: it is not handed out until its page is parted again. So new slots
    /// come from elsewhere. A pool that reaches its maximum, or is out of memory, parts pages one at a time. Each of
    /// them takes a page of storage and about as long as putting it together took.
    /// </para>
    /// <para>
    /// Pages share within a slab. Each shared page takes up to two of the mappings that a process may have
    /// (vm.max_map_count); an arena stops when arenas hold seven sixteenths of them.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidOperationException">The arena was made without SharePages.</exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public nuint Compact(int maximumPages)
    {
        Enter();
        try
        {
            ThrowIfDisposed();
            ArgumentOutOfRangeException.ThrowIfNegative(maximumPages);
            if (!Arena.SharesPages)
                ThrowNotSharing();
            // A listener keeps data in free slots too.
            return _listener is null ? CompactInside(maximumPages, default, out _) : 0;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// Does what <see cref="Compact"/> does for a bounded time, if there is something to gain. Call it once a frame.
    /// </summary>
    /// <param name="budget">
    /// The time. The call exceeds it by four pages at most, and by giving the storage of its pages back together, in
    /// about a microsecond each.
    /// </param>
    /// <returns>Bytes given back.</returns>
    /// <remarks>
    /// A round begins when half of the slots are free, and they take 256 KiB at least, and goes on from call to call
    /// until nothing is left to gain. Then the next one waits until half of the slots are free again, so that pages are
    /// not shared and parted in turns. To find that out, each call looks at 64 Ki slots, so that in a pool of a million
    /// a round begins up to 16 calls later. The first call after a <see cref="Trim"/> looks at all slots.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The arena was made without SharePages.</exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public nuint CompactStep(TimeSpan budget)
    {
        if (!Arena.SharesPages || _listener is not null)
            return Compact(0);
        ThrowIfDisposed();
        if (!_isStepping)
        {
            // The estimate decides whether all are counted, and that decides.
            if (!_slabs.TryCountFree(out var free) || !IsEnough(free - _slabs.GuestSlotCount)
                || !IsEnough(_slabs.StoredSlotCount - LiveCount))
                return 0;
            (_isStepping, _isRoundDone) = (true, false);
            _slabs.BeginRound();
        }
        var givenBack = CompactFor(new TimeLimit(Clock, budget));
        if (!_isRoundDone)
            return givenBack;
        (_isStepping, _freeAfterRound) = (false, Math.Max(0, _slabs.StoredSlotCount - LiveCount));
        _slabs.Compaction.GainableBytes = (long)_freeAfterRound * (long)_strideBytes;
        return givenBack;
    }

    internal override CompactionCounters? Compaction =>
        Arena.SharesPages && _listener is null ? _slabs?.Compaction : null;

    /// <summary>Pages that show the storage of another.</summary>
    internal int SharedPageCount => _slabs.GuestCount;

    // One more reference here would lengthen the instructions of the fast path, so the clock is with the slabs.
    internal TimeProvider Clock
    {
        get => _slabs.Clock;
        set => _slabs.Clock = value;
    }

    // Returns whether this many free slots with storage of their own are worth a round.
    private bool IsEnough(int free)
    {
        _freeAfterRound = Math.Min(_freeAfterRound, Math.Max(0, free));
        var more = (long)(Math.Max(0, free) - _freeAfterRound);
        return more * 4 >= (long)_slabs.StoredSlotCount * FreeQuarters && more * (long)_strideBytes >= LeastGainBytes;
    }

    private nuint CompactFor(TimeLimit limit)
    {
        Enter();
        try
        {
            ThrowIfDisposed();
            return CompactInside(int.MaxValue, limit, out _isRoundDone);
        }
        finally
        {
            Leave();
        }
    }

    private nuint CompactInside(int maximumPages, TimeLimit limit, out bool isDone)
    {
        try
        {
            CloseFastPath();
            var givenBack = _slabs.Compact(maximumPages, limit, out isDone);
            Compaction?.Add(_slabs.TakeMovedBytes(), givenBack);
            return givenBack;
        }
        finally
        {
            StorageChanged();
        }
    }

    [DoesNotReturn]
    private void ThrowNotSharing() => throw new InvalidOperationException(
        $"{Label} cannot be compacted: arena '{Arena.Name}' was made without SharePages. Set "
        + "PageArenaOptions.SharePages, on Linux.");
}
