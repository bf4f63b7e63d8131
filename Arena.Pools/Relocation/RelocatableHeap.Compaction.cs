using System.Diagnostics;

namespace Arena.Pools;

// The policy that can be left on, and its numbers.
public sealed unsafe partial class RelocatableHeap
{
    // A step moves so much between two looks at the clock: about 10 us.
    private const int StepBytes = 64 << 10;

    // Steps begin when this part of what is committed could be gained, and this much, and go on to the end.
    private const int BeginShare = 8;
    private const int LeastGainBytes = 256 << 10;

    private long _moved;
    private long _freed;
    private bool _isStepping;

    // What the last round left: pins and large blocks keep it, and no further round begins for the same.
    private nuint _leftGainBytes;

    /// <summary>
    /// To be called once a frame: moves allocations together for so long at most, if there is something to gain.
    /// </summary>
    /// <param name="budget">Time; the call ends within some 10 microseconds of it.</param>
    /// <returns>What was done; without anything to gain that is nothing, after a look at a few counters.</returns>
    /// <remarks>
    /// A round begins when an eighth of what is committed could be gained, and at least 256 KiB, and goes on from call
    /// to call until nothing is left to gain. Then the next one waits until as much could be gained again, so that
    /// nothing moves to and fro.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    /// <example><code>movable.CompactStep(TimeSpan.FromMicroseconds(200));</code></example>
    public CompactionResult CompactStep(TimeSpan budget)
    {
        ThrowIfDisposed();
        var idle = new CompactionResult(0, 0, IsDone: true);
        if (!_isStepping)
        {
            var gain = GainableBytes;
            _leftGainBytes = Math.Min(_leftGainBytes, gain);
            if (gain - _leftGainBytes < Math.Max(LeastGainBytes, _space.CommittedBytes / BeginShare))
                return idle;
            _isStepping = true;
        }
        var start = Stopwatch.GetTimestamp();
        var (moved, freed) = (default(nuint), default(nuint));
        CompactionResult step;
        do
        {
            step = Compact(StepBytes);
            moved += step.MovedBytes;
            freed += step.FreedBytes;
        }
        while (!step.IsDone && Stopwatch.GetElapsedTime(start) < budget);
        if (step.IsDone)
        {
            _isStepping = false;
            _leftGainBytes = GainableBytes;
        }
        return new CompactionResult(moved, freed, step.IsDone);
    }

    /// <summary>Counts what is free and what compactions have done. It goes over the bitmaps of all segments.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public RelocationStatistics Statistics()
    {
        ThrowIfDisposed();
        var (holes, largest) = _space.CountHoles();
        return new RelocationStatistics
        {
            CommittedBytes = CommittedBytes,
            LiveBytes = _liveBytes,
            HoleCount = holes,
            LargestHoleBytes = largest,
            GainableBytes = GainableBytes,
            PinnedCount = _pinnedCount,
            MovedBytes = _moved,
            FreedBytes = _freed,
        };
    }

    /// <summary>Bytes of storage that its segments hold beside their blocks.</summary>
    private nuint GainableBytes => _space.GainableBytes + _tableSpace.GainableBytes;
}
