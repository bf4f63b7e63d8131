namespace Arena;

// Gives pages storage, and takes it, as in a saved frame.
internal sealed partial class PageStorage
{
    /// <summary>Opens every page that had storage and has none. Returns null, or why one cannot be opened.</summary>
    public string? OpenAsIn(IPageImages images)
    {
        for (var word = 0; word << 6 < _map.KnownPages; word++)
        {
            var missing = _map.CommittedIn(images, word) & ~_map.Committed.Word(word);
            while (BitRuns.CutRun(ref missing, word, out var first, out var end))
            {
                if (_access.Open(first, end) is { } why)
                    return why;
            }
        }
        return null;
    }

    /// <summary>Gives back the storage of every page that had none.</summary>
    /// <returns>Null, or the pages whose storage the OS refuses to take; they stay committed.</returns>
    public List<(int First, int End)>? CloseAsIn(IPageImages images)
    {
        List<(int First, int End)>? refused = null;
        for (var word = 0; word << 6 < _map.KnownPages; word++)
        {
            var added = _map.Committed.Word(word) & ~_map.CommittedIn(images, word);
            while (BitRuns.CutRun(ref added, word, out var first, out var end))
            {
                if (_access.Close(first, end).Failed)
                    (refused ??= []).Add((first, end));
            }
        }
        return refused;
    }

    /// <summary>Saves or restores the state outside the tables, which are restored before it.</summary>
    public void KeepState(StateStream state)
    {
        _stepPage = Math.Max(state.Keep(_stepPage), 0);
        if (!state.IsRestoring)
            return;
        var committed = Bytes(_map.Committed.CountSet(0, _map.KnownPages)) + _map.CommittedBytes;
        Volatile.Write(ref _committedBytes, committed);
        _peakCommittedBytes = Math.Max(_peakCommittedBytes, committed);
    }
}
