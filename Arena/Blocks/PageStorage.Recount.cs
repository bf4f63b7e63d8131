using System.Diagnostics;

namespace Arena;

// The committed bytes, counted again from the bitmap.
internal sealed partial class PageStorage
{
    private int _changesUntilRecount;

    /// <summary>
    /// Asserts after a change what is committed. That reads a bit of every page, so it is done at every change of a
    /// small arena and seldom enough in a large one to cost a few hundred words each.
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
