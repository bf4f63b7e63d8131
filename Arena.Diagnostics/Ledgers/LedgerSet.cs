namespace Arena.Diagnostics;

/// <summary>
/// The ledgers of an arena's allocators, each found by its allocator's token without a lock, and the remains of those
/// whose allocators are gone.
/// </summary>
internal sealed class LedgerSet(TrackerState state)
{
    private readonly Lock _lock = new();
    private Ledger?[] _byToken = new Ledger?[16];

    // The arena's own blocks have no token.
    private Ledger? _withoutToken;

    // The ledgers of allocators that are ending, until the notice of their leaks was raised.
    private readonly List<Ledger> _setAside = [];
    private readonly DepartedSites _departed = new();

    /// <summary>
    /// Returns everything as it is now: each allocation is in a ledger or among the departed, never in both.
    /// </summary>
    public LedgerView View()
    {
        lock (_lock)
        {
            return new LedgerView(
                [.. _byToken.Append(_withoutToken).OfType<Ledger>(), .. _setAside], [.. _departed.Sites]);
        }
    }

    /// <summary>Passes on every site of every ledger, and of those that are gone; makes no garbage.</summary>
    public void GiveTo(ISiteSink sink)
    {
        lock (_lock)
        {
            foreach (var ledger in _byToken)
                ledger?.GiveTo(sink);
            _withoutToken?.GiveTo(sink);
            foreach (var ledger in _setAside)
                ledger.GiveTo(sink);
            _departed.GiveTo(sink);
        }
    }

    /// <summary>Copies all ledgers into a list.</summary>
    public void CopyTo(List<Ledger> ledgers)
    {
        ledgers.Clear();
        lock (_lock)
        {
            foreach (var ledger in _byToken)
            {
                if (ledger is not null)
                    ledgers.Add(ledger);
            }
            if (_withoutToken is not null)
                ledgers.Add(_withoutToken);
            ledgers.AddRange(_setAside);
        }
    }

    /// <summary>
    /// Returns the allocator's ledger; an allocator without one is new, so that nothing was alive in it.
    /// </summary>
    public Ledger Of(Allocator allocator)
    {
        var ledgers = _byToken;
        var token = allocator.OwnerToken;
        return token < ledgers.Length && ledgers[token] is { } ledger && ledger.Allocator == allocator
            ? ledger
            : FindOrAdd(allocator);
    }

    /// <summary>Opens the ledger of an allocator that existed before the tracker.</summary>
    public void OpenWithWhatLives(Allocator allocator) =>
        Put(new Ledger(allocator, state, this, BeforeAttach.In(allocator, state.Tags.Of(allocator.Tag))));

    /// <summary>
    /// Keeps the ledger of an allocator that is ending; another allocator may have its token before it is closed.
    /// </summary>
    public void SetAside(Ledger ledger)
    {
        lock (_lock)
        {
            if (_withoutToken == ledger)
                _withoutToken = null;
            var token = ledger.Allocator.OwnerToken;
            if (token < _byToken.Length && _byToken[token] == ledger)
                _byToken[token] = null;
            _setAside.Add(ledger);
        }
    }

    /// <summary>Closes the ledger of an allocator that is gone; only its counters are kept.</summary>
    public void Close(Ledger ledger)
    {
        ledger.Close();
        lock (_lock)
        {
            _departed.Add(ledger, state.Clock.Frame);
            _setAside.Remove(ledger);
        }
    }

    /// <summary>
    /// Sums over all ledgers, including those that are gone, and the sum of the peaks in the current frame.
    /// </summary>
    public LedgerTotals Totals()
    {
        lock (_lock)
        {
            var totals = _departed.Totals;
            foreach (var ledger in _byToken)
                Add(ref totals, ledger);
            Add(ref totals, _withoutToken);
            foreach (var ledger in _setAside)
                Add(ref totals, ledger);
            return totals;
        }
    }

    private void Add(ref LedgerTotals totals, Ledger? ledger)
    {
        if (ledger is null)
            return;
        totals.Add(in ledger.Totals, state.Clock.Frame);
    }

    private Ledger FindOrAdd(Allocator allocator)
    {
        lock (_lock)
        {
            // Another thread may have been first.
            var token = allocator.OwnerToken;
            var known = token < _byToken.Length ? _byToken[token] : _withoutToken;
            if (known?.Allocator == allocator)
                return known;
            return Put(new Ledger(allocator, state, this, new BeforeAttach(Tag.None, 0)));
        }
    }

    private Ledger Put(Ledger ledger)
    {
        lock (_lock)
        {
            var token = ledger.Allocator.OwnerToken;
            if (token == Allocator.NoToken)
                return _withoutToken = ledger;
            var ledgers = _byToken;
            if (token >= ledgers.Length)
            {
                Array.Resize(ref ledgers, Math.Max(2 * ledgers.Length, token + 1));
                Volatile.Write(ref _byToken, ledgers);
            }
            ledgers[token] = ledger;
            return ledger;
        }
    }
}
