using System.Diagnostics;

namespace Arena.Pools;

// What a thread that is out of memory takes from the part of an idle thread, whose owner it has stopped (OwnerGate).
//
// magazine   | 0 | place | place | place | last | behind | ...
//                  |---- taken ----------|  |- in doubt -|       the owner finds these at the bottom when it comes back
//
// pages      | all free or pending: goes | one is live: stays | one is in doubt: stays |
internal sealed unsafe partial class ThreadHeap
{
    // By class: entries at the bottom of the magazine that are taken, until the owner settles that.
    private int[]? _takenEntries;

    /// <summary>Whether other threads allocate too.</summary>
    public bool IsShared => _blocks.IsShared;

    /// <summary>
    /// Gives storage of what is not live back to the OS, and segments without anything live to all threads. By another
    /// thread than the owner, with the lock of the parts held; the owner may be anywhere but in a slow path.
    /// </summary>
    /// <param name="givenBack">Raised by the bytes given back.</param>
    /// <returns>Whether there was anything.</returns>
    public bool TryGiveUpIdle(ref nuint givenBack)
    {
        // What was taken the last time is not back before the owner was here, but others may have freed more.
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
    /// The owner waits for the thread that has stopped it. What that one left in the magazines moves to their bottoms.
    /// </summary>
    public void AwaitAndSettle() => _blocks.Settle(this);

    /// <summary>With the lock of the parts held, while the owner is in no fast path: or it has ended.</summary>
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

    // The places that the owner may be at are of its last fast path: their pages are as they were.
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
        // Some entries are old ones, or none.
        var offset = unchecked(place - (nuint)segment);
        if (offset >= Segment.LargestBytes)
            return;
        var page = (int)(offset / Segment.SlabPageBytes);
        quiet[page >> 6] &= ~(1UL << page);
    }
}
