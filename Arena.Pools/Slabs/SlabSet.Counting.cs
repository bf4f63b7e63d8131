using System.Numerics;

namespace Arena.Pools;

// Free slots, counted from the bitmaps: all of them in one call, or a bounded number of words a call.
internal sealed unsafe partial class SlabSet
{
    // The words that one call of a round of counting reads: 8 KiB.
    private const int WordsPerCount = 1024;

    // The place at which the next call continues, and the free slots below it.
    private nuint _countedSlab;
    private int _countedWord;
    private long _counted;

    // The next call counts all: a level may have ended.
    private bool _countsAll = true;

    /// <summary>Counts the free slots of all slabs.</summary>
    public int CountFree()
    {
        var free = 0L;
        for (var i = 0; i < Count; i++)
            free += CountFree(this[i], 0, WordCount(this[i]));
        return (int)(free - _holeSlots);
    }

    /// <summary>Lets the next call of <see cref="TryCountFree"/> count all words.</summary>
    public void CountAllNext() => _countsAll = true;

    /// <summary>
    /// Counts the free slots of some words; the next call goes on behind them. Whatever is freed or allocated meanwhile
    /// is counted or not, so the sum is an estimate, unless one call counts all.
    /// </summary>
    /// <param name="free">The free slots of all slabs, if this call was the last one of a round.</param>
    /// <returns>True if it was.</returns>
    public bool TryCountFree(out int free)
    {
        var left = WordsPerCount;
        if (_countsAll)
            (left, _countedSlab, _countedWord, _counted, _countsAll) = (int.MaxValue, 0, 0, 0, false);
        for (var i = PositionOf((void*)_countedSlab); i < Count; i++)
        {
            var slab = this[i];
            var first = (nuint)slab == _countedSlab ? _countedWord : 0;
            var end = Math.Min(WordCount(slab), first + left);
            _counted += CountFree(slab, first, end);
            left -= Math.Max(0, end - first);
            (_countedSlab, _countedWord) = ((nuint)slab, end);
            if (end < WordCount(slab) || (left == 0 && i + 1 < Count))
            {
                free = 0;
                return false;
            }
        }
        free = (int)Math.Max(0, _counted - _holeSlots);
        (_countedSlab, _countedWord, _counted) = (0, 0, 0);
        Compaction.GainableBytes = Math.Max(0L, free - GuestSlotCount) * _geometry.Layout.StrideBytes;
        return true;
    }

    private static long CountFree(byte* slab, int word, int end)
    {
        var words = SlabGeometry.Words(slab);
        var free = 0L;
        for (; word < end; word++)
            free += BitOperations.PopCount(words[word]);
        return free;
    }
}
