namespace Arena.Pools;

// The compaction that a game can leave on, and its thresholds.
public sealed unsafe partial class RelocatableHeap
{
    // The bytes that a step moves between two looks at the clock, unless a block is larger: about 10 us, and as much
    // again for each page that gets storage, or gives it back.
    private const int StepBytes = 8 << 10;

    // The bytes to be moved for a byte of gain, at most: in calls that ask for it, and in steps, which would otherwise
    // never end while the program frees and allocates.
    private const int LeastGainShare = 16;
    private const int LeastGainShareOfStep = 4;

    // A round begins when this share of the committed bytes, and this many bytes, could be gained.
    private const int BeginShare = 8;
    private const int LeastGainBytes = 256 << 10;

    private bool _isStepping;

    // The bytes that the last round could not gain, because of pins and large blocks; no further round begins for
    // these.
    private nuint _leftGainBytes;

    /// <summary>
    /// Moves allocations together for a bounded time, if there is something to gain. Call it once a frame.
    /// </summary>
    /// <param name="budget">
    /// The time. It is looked at after each 8 KiB, or larger allocation, and the 64 KiB of storage that its move may
    /// free.
    /// </param>
    /// <returns>The work done. If there is nothing to gain, the call only reads a few counters.</returns>
    /// <remarks>
    /// A round begins when an eighth of what is committed could be gained, and at least 256 KiB, and goes on from call
    /// to call until nothing is left to gain. Then the next one waits until that much can be gained again, so that
    /// nothing moves back and forth.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    /// <example><code>movable.CompactStep(TimeSpan.FromMicroseconds(200));</code></example>
    public CompactionResult CompactStep(TimeSpan budget)
    {
        using var call = new ThreadCall(this);
        ThrowIfDisposed();
        var idle = new CompactionResult(0, 0, IsDone: true);
        if (!_isStepping)
        {
            var gain = GainableBytes;
            Compaction.GainableBytes = (long)gain;
            _leftGainBytes = Math.Min(_leftGainBytes, gain);
            if (gain - _leftGainBytes < Math.Max(LeastGainBytes, _space.CommittedBytes / BeginShare))
                return idle;
            _isStepping = true;
        }
        var limit = new TimeLimit(Clock, budget);
        var (moved, freed) = (default(nuint), default(nuint));
        CompactionResult step;
        do
        {
            step = CompactInside(new CompactionWork((nuint)_space.SegmentBytes, StepBytes, LeastGainShareOfStep));
            moved += step.MovedBytes;
            freed += step.FreedBytes;
        }
        while (!step.IsDone && !limit.IsOver);
        if (step.IsDone)
        {
            _isStepping = false;
            _leftGainBytes = GainableBytes;
        }
        return new CompactionResult(moved, freed, step.IsDone);
    }

    /// <summary>Counts free memory and the work of compactions. It reads the bitmaps of all segments.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public RelocationStatistics Statistics()
    {
        ThrowIfDisposed();
        var (holes, largest) = CountHoles();
        return new RelocationStatistics
        {
            CommittedBytes = CommittedBytes,
            LiveBytes = _liveBytes,
            HoleCount = holes,
            LargestHoleBytes = largest,
            GainableBytes = GainableBytes,
            PinnedCount = _pinnedCount,
            MovedBytes = Compaction.MovedBytes,
            FreedBytes = Compaction.ReturnedBytes,
        };
    }

    internal override CompactionCounters Compaction { get; } = new();

    /// <summary>The clock of steps.</summary>
    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    private CompactionResult CompactInside(CompactionWork work)
    {
        // The larger gain comes first. The other one waits, so that neither takes what a small bound permits to both.
        var isTableFirst = _tableSpace.GainableBytes + _table.DeadBytes > _space.GainableBytes;
        var isDone = !isTableFirst || TryFinishTable(ref work);
        isDone &= _relocator.TryFinish(ref work, out var failure);
        isDone &= isTableFirst || TryFinishTable(ref work);
        Compaction.Add(work.MovedBytes, work.FreedBytes);
        Compaction.GainableBytes = (long)GainableBytes;
        // It walks all bitmaps, so it waits until the work is done.
        if (isDone && work.MovedBytes + work.FreedBytes != 0)
            CountHoles();
        Throw.If(failure);
        return new CompactionResult(work.MovedBytes, work.FreedBytes, isDone);
    }

    private (int Count, nuint LargestBytes) CountHoles()
    {
        var (count, largest) = _space.CountHoles();
        Compaction.SetHoles(count, largest);
        return (count, largest);
    }

    private bool TryFinishTable(ref CompactionWork work) =>
        _table.TryShrink(ref work, _liveBytes / ToleratedShare) & _tableRelocator.TryFinish(ref work, out _);

    /// <summary>The bytes of storage that segments hold beside their blocks.</summary>
    private nuint GainableBytes => _space.GainableBytes + _tableSpace.GainableBytes;
}
