namespace Arena.Pools;

// Turns what is not live into gaps: the entries of magazines, and slabs without a live slot. Before the heap grows, and
// in steps of a trim, only a bounded part of it is looked at in one call, and the next call continues there:
//
// class     | 0: entries, then its slabs, segment by segment | 1 | ... | 127: entries |
//                                ^ the cursor: class and place
//
// So a round ends some calls later than it begins. Growth of a page pays for sixteen times the slabs that a page of
// growth may make due (a heap reclaims once for each 1/64 that it grows), so a round ends long before the next is due.
internal sealed unsafe partial class ThreadHeap
{
    // The work of one call: reading a word or a slab's live bits is 1. About ten microseconds.
    private const int MostWork = 2048;

    // What joins the gaps around it is searched for their ends.
    private const int WorkOfGap = 32;

    private ReclaimCursor _growthCursor;
    private long _work;

    /// <summary>
    /// The rows of segments that searches looked at, the slabs of refills and the work of reclaiming, for tests.
    /// </summary>
    public long Steps => _segments.Steps + _work;

    /// <summary>Empties all magazines; slabs without a live slot become gaps. This looks at the whole heap.</summary>
    public void Reclaim()
    {
        for (var cursor = default(ReclaimCursor); cursor.SizeClass < SizeClasses.Count;)
        {
            var work = int.MaxValue;
            ReclaimClass(ref cursor, ref work);
        }
        Validate();
    }

    // Takes a step of the round that precedes growth. Returns true if that ended the round.
    private bool ReclaimStep()
    {
        for (var work = MostWork; work > 0 && _growthCursor.SizeClass < SizeClasses.Count;)
            ReclaimClass(ref _growthCursor, ref work);
        if (_growthCursor.SizeClass < SizeClasses.Count)
            return false;
        _growthCursor = default;
        return true;
    }

    private bool IsReclaiming => _growthCursor != default;

    // Returns how many places one call may take out of a magazine.
    private static int MostReturned(int sizeClass) =>
        sizeClass < SizeClasses.FirstExtent ? int.MaxValue : MostWork / WorkOfGap / 2;

    // Reclaims a class from the cursor on until the work is spent, or moves the cursor to the next class.
    private void ReclaimClass(ref ReclaimCursor cursor, ref int work)
    {
        var sizeClass = cursor.SizeClass;
        if (_counted is not null)
            ReturnCounted(sizeClass);
        var count = _magazines.CountOf(sizeClass);
        var before = work;
        bool isDone;
        if (sizeClass < SizeClasses.FirstExtent)
        {
            // Between two calls the magazine may have got slots of slabs that were not looked at yet.
            ReturnOldest(sizeClass, count);
            isDone = _segments.RemoveEmptySlabs(sizeClass, ref cursor.Place, ref work, WorkOfGap);
        }
        else
        {
            // The entries that a call finds first are the ones that the round returns, not later ones.
            var left = Math.Min(cursor.Place == 0 ? count : cursor.Place, count);
            var some = Math.Min(left, work / WorkOfGap + 1);
            ReturnOldest(sizeClass, some);
            work -= 1 + some * WorkOfGap;
            cursor.Place = left - some;
            isDone = cursor.Place == 0;
        }
        _work += before - work;
        if (isDone)
            cursor = new ReclaimCursor { SizeClass = sizeClass + 1 };
    }

    /// <summary>The next thing to reclaim.</summary>
    private record struct ReclaimCursor
    {
        public int SizeClass;

        /// <summary>
        /// For a class of slots, the words of pages that were looked at. For a class of extents, the entries of the
        /// magazine that are still to be returned.
        /// </summary>
        public int Place;
    }
}
