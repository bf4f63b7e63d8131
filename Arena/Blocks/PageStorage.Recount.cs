using System.Diagnostics;

namespace Arena;

// Recounts the committed bytes from the bitmap.
internal sealed partial class PageStorage
{
    private int _changesUntilRecount;

    /// <summary>
    /// Asserts the count of committed bytes after a change. That reads a bit of every page, so it is done at every
    /// change of a small arena, and in a large one so seldom that it costs a few hundred words each time.
    /// </summary>
    [Conditional("DEBUG")]
    private void Recount()
    {
        if (_changesUntilRecount-- > 0)
            return;
        _changesUntilRecount = _map.KnownPages >> 14;
        Debug.Assert(
            _committedBytes == Bytes(_map.Committed.CountSet(0, _map.KnownPages)) + _map.CommittedBytes,
            "the bytes of pages and tables with storage are counted");
        Debug.Assert(_committedBytes <= _peakCommittedBytes, "the peak is no less than what is committed");
        Debug.Assert(_committedBytes <= _budgetBytes, "the budget is kept");
    }
}
