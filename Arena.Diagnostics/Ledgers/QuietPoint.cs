namespace Arena.Diagnostics;

/// <summary>
/// Lets one thread read all ledgers of a tracker while no thread writes into them. Owners enter ledgers tens of
/// millions of times a second and visitors read them now and then, so the two sides pay very differently: an owner
/// enters by a plain write and a read (<see cref="BiasedLock"/>), and the visitor makes up for the missing fence by one
/// that the operating system runs on all processors (membarrier, FlushProcessWriteBuffers).
/// </summary>
/// <remarks>
/// After that fence an owner's write is visible, and the visitor waits for it to leave; or its read comes later, finds
/// <see cref="IsWanted"/> and waits itself. Known as asymmetric Dekker synchronisation, or a biased lock.
/// </remarks>
internal sealed class QuietPoint
{
    private readonly Lock _visitors = new();
    private volatile bool _isWanted;

    public bool IsWanted => _isWanted;

    /// <summary>Brings every ledger up to date; makes no garbage.</summary>
    public void Flush(LedgerSet ledgerSet, List<Ledger> ledgers)
    {
        lock (_visitors)
        {
            _isWanted = true;
            try
            {
                Interlocked.MemoryBarrierProcessWide();
                ledgerSet.CopyTo(ledgers);
                foreach (var ledger in ledgers)
                {
                    ledger.WaitUntilLeft();
                    ledger.BringUpToDate();
                }
            }
            finally
            {
                _isWanted = false;
            }
        }
    }

    /// <summary>
    /// Runs a visit while no ledger is entered. It must not enter one, nor wait for a thread that may be in one.
    /// </summary>
    public void Visit(LedgerSet ledgerSet, Action<LedgerView> visit)
    {
        lock (_visitors)
        {
            _isWanted = true;
            try
            {
                Interlocked.MemoryBarrierProcessWide();
                // A ledger opened from now on is not entered before the visit is over.
                var view = ledgerSet.View();
                foreach (var ledger in view.Ledgers)
                {
                    ledger.WaitUntilLeft();
                    ledger.BringUpToDate();
                }
                visit(view);
            }
            finally
            {
                _isWanted = false;
            }
        }
    }
}
