using System.Diagnostics;

namespace Arena.Pools;

// A thread that is out of memory takes free memory from the part of an idle thread, which it has stopped (OwnerGate).
//
// magazine   | 0 | place | place | place | last | behind | ...
//                  |---- taken ----------|  |- in doubt -|       the owner finds these at the bottom when it comes back
//
// pages      | all free or pending: goes | one is live: stays | one is in doubt: stays |
internal sealed unsafe partial class ThreadHeap
{
    // The number of entries, by class, that were taken from the bottom of a magazine since the owner settled last.
    private int[]? _takenEntries;

    /// <summary>Says whether other threads allocate too.</summary>
    public bool IsShared => _blocks.IsShared;

    /// <summary>
    /// Gives free pages back to the OS, and segments without a live place to all threads. Another thread than the owner
    /// calls this, with the lock of the parts held; the owner may be anywhere but in a slow path.
    /// </summary>
    /// <param name="givenBack">Raised by the bytes given back.</param>
    /// <returns>True if there was any free memory.</returns>
    public bool TryGiveUpIdle(ref nuint givenBack)
    {
        // Nothing more is free until the owner runs again, unless other threads have freed something.
        var signals = ManyThreads.Read(FastPath.SignalsOf(Fast));
        if ((signals & (FastPath.Stopped | FastPath.Pending)) == FastPath.Stopped || !HasSegments)
            return false;
        if (!OwnerGate.TryStop<ManyThreads>(Fast))
            return false;
        _fillsMagazines = false;
        GiveUpWaiting();
        var segments = _segments.Length;
        nuint bytes = 0;
        for (var i = segments - 1; i >= 0; i--)
            bytes += GiveUpQuiet(_segments[i]);
        givenBack += bytes;
        _fillsMagazines = true;
        ResetReclaim();
        Validate();
        return bytes != 0 || _segments.Length != segments;
    }

    /// <summary>
    /// Waits for the thread that has stopped the owner, which calls this. The remaining entries of each magazine then
    /// move to its bottom.
    /// </summary>
    public void AwaitAndSettle() => _blocks.Settle(this);

    /// <summary>
    /// Moves the remaining entries to the bottoms of their magazines, with the lock of the parts held. The owner calls
    /// this, or has ended, or is at a quiet point.
    /// </summary>
    public void Settle()
    {
        for (var sizeClass = 0; _takenEntries is not null && sizeClass < SizeClasses.Count; sizeClass++)
        {
            var taken = _takenEntries[sizeClass];
            if (taken == 0)
                continue;
            _takenEntries[sizeClass] = 0;
            var entries = _magazines.Entries(sizeClass);
            entries[taken..].CopyTo(entries);
            _magazines.Keep(sizeClass, entries.Length - taken);
        }
        ManyThreads.And(FastPath.SignalsOf(Fast), ~FastPath.Stopped);
    }

    /// <summary>Asserts that the owner is in a slow path, where it must be in one.</summary>
    [Conditional("DEBUG")]
    private void AssertOwnerCall() =>
        Debug.Assert(!IsShared || Fast->Number < 0 || Fast->Calls != 0, "the owner says that it is in a slow path");

    // All but the last entry of each magazine.
    private void GiveUpWaiting()
    {
        _takenEntries ??= new int[SizeClasses.Count];
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            // Read once: the owner may be about to pop the last one.
            var entries = _magazines.Entries(sizeClass);
            var taken = _takenEntries[sizeClass];
            if (entries.Length - 1 <= taken)
                continue;
            entries = entries[taken..^1];
            _takenEntries[sizeClass] += entries.Length;
            if (sizeClass < SizeClasses.FirstExtent)
                ReturnSlots(sizeClass, entries);
            else
                ReturnExtents(entries);
        }
    }

    private nuint GiveUpQuiet(Segment* segment)
    {
        Span<ulong> quiet = stackalloc ulong[Segment.SlabPages / 64];
        segment->FindQuietPages(quiet);
        // After that, see OwnerGate.
        RemoveDoubtful(segment, quiet);
        nuint twice = 0;
        for (var page = 0; page < Segment.SlabPages; page++)
        {
            if ((quiet[page >> 6] >> page & 1) != 0 && segment->HasPending(page))
                TakePage(segment, page, ref twice);
        }
        if (twice != 0)
            _foundTwice = twice;
        for (var sizeClass = 0; sizeClass < SizeClasses.FirstExtent; sizeClass++)
            _segments.RemoveEmptySlabs(segment, sizeClass, quiet);
        return TrimSegment(segment);
    }

    // The owner's last fast path may still write to the pages of these places.
    private void RemoveDoubtful(Segment* segment, Span<ulong> quiet)
    {
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            OwnerGate.ReadDoubtful<ManyThreads>(Fast, sizeClass, out var last, out var behind);
            RemovePage(segment, last, quiet);
            RemovePage(segment, behind, quiet);
        }
    }

    private static void RemovePage(Segment* segment, nuint place, Span<ulong> quiet)
    {
        // The entry behind the last one may be a marker, or an address of long ago.
        var offset = unchecked(place - (nuint)segment);
        if (offset >= Segment.LargestBytes)
            return;
        var page = (int)(offset / Segment.SlabPageBytes);
        quiet[page >> 6] &= ~(1UL << page);
    }
}
