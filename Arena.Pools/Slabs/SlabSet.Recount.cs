using System.Diagnostics;
using System.Numerics;

namespace Arena.Pools;

// Recounts counts and summaries from the bitmaps.
internal sealed unsafe partial class SlabSet
{
    private int _callsUntilRecount;

    /// <summary>
    /// Asserts the invariant of the set and its counts. That reads every word. With few words it is done at every call,
    /// and with many so seldom that it costs a few hundred words a call.
    /// </summary>
    /// <param name="entered">The word in use, whose bits the pool may hold itself.</param>
    [Conditional("DEBUG")]
    public void Recount(ulong* entered)
    {
        if (_callsUntilRecount-- > 0)
            return;
        var (words, slots, holes) = (0, 0, 0);
        for (var i = 0; i < Count; i++)
        {
            var slab = this[i];
            Debug.Assert(i == 0 || this[i - 1] < slab, "slabs are in address order");
            Debug.Assert(_geometry.State(slab).SlotCount <= _geometry.SlotCount, "a slab has the slots of its layout");
            Debug.Assert(
                IsAvailable(i) == !_geometry.Summary(slab).IsEmpty, "a slab is available if its summary is not empty");
            for (var word = 0; word < WordCount(slab); word++)
                CountWord(slab, word, entered, ref slots, ref holes);
            words += WordCount(slab);
        }
        for (var i = Count; i < 64 * _available.Length; i++)
            Debug.Assert(!IsAvailable(i), "entries behind the slabs are not available");
        Debug.Assert(slots == SlotCount, "slots with storage are counted");
        Debug.Assert(holes == _holeSlots, "slots of holes are counted");
        Debug.Assert(slots <= _maximumSlots, "there are no more slots than the maximum");
        _callsUntilRecount = words >> 8;
    }

    private bool IsAvailable(int position) => (_available[position >> 6] >> position & 1) != 0;

    private void CountWord(byte* slab, int word, ulong* entered, ref int slots, ref int holes)
    {
        var (bits, full) = (SlabGeometry.Words(slab)[word], FullWord(slab, word));
        var isEntered = SlabGeometry.Words(slab) + word == entered;
        var isSummarized = _geometry.Summary(slab).Contains((nuint)word);
        Debug.Assert((bits & ~full) == 0, "a free slot exists");
        Debug.Assert(!isSummarized || bits != 0, "a word in the summary has a free slot");
        if (bits != 0 && !isSummarized && !isEntered && !IsResting(slab, word))
        {
            Debug.Assert(bits == full, "a free slot is in the summary, in the word in use, or in a hole");
            Debug.Assert(SlabGeometry.Words(slab) + word >= _holesFrom, "no hole is below the bound");
            holes += BitOperations.PopCount(full);
        }
        else
        {
            slots += BitOperations.PopCount(full);
        }
    }
}
