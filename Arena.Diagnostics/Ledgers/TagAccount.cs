namespace Arena.Diagnostics;

/// <summary>
/// Counts the bytes alive under one tag, over all allocators, against its budget. Thread-safe: bytes are counted when
/// they are requested, so that no two threads are given the same rest of a hard budget. The bytes that a thread has
/// requested are its reservation until the allocation is charged or withdrawn.
/// </summary>
internal sealed class TagAccount(string tag, MemoryBudget budget, nuint bytes, Action<BudgetNotice> notify)
{
    // A thread has at most one, because it is inside one allocator's call. A later one replaces one that was never
    // charged.
    [ThreadStatic]
    private static Reservation reservation;

    private long _bytes = (long)bytes;
    private long _refusals;
    private int _above;

    public MemoryBudget Budget { get; } = budget;

    public nuint Bytes => (nuint)Math.Max(0, Interlocked.Read(ref _bytes));

    /// <summary>The number of allocations that the hard ceiling refused.</summary>
    public long Refusals => Interlocked.Read(ref _refusals);

    /// <summary>Takes back the calling thread's reservation for an allocation that is not made.</summary>
    public static void Withdraw()
    {
        var (account, bytes) = (reservation.Account, reservation.Bytes);
        reservation = default;
        account?.Correct(-bytes);
    }

    /// <summary>
    /// Adds bytes, those reserved by this thread included; true if they passed the soft ceiling from below.
    /// </summary>
    public bool Charge(nuint byteCount)
    {
        var reserved = 0L;
        if (reservation.Account == this)
            (reserved, reservation) = (reservation.Bytes, default);
        var bytes = Interlocked.Add(ref _bytes, (long)byteCount - reserved);
        return Budget.SoftBytes != 0 && (nuint)bytes > Budget.SoftBytes && Interlocked.Exchange(ref _above, 1) == 0;
    }

    /// <summary>
    /// Subtracts bytes. Within a reservation they stay reserved: the allocation grows, and keeps the bytes that it had.
    /// </summary>
    public void Release(nuint byteCount)
    {
        if (reservation.Account == this)
        {
            reservation.Bytes += (long)byteCount;
            return;
        }
        var bytes = Interlocked.Add(ref _bytes, -(long)byteCount);
        if (_above != 0 && bytes <= (long)Budget.SoftBytes)
            _above = 0;
    }

    /// <summary>Corrects the count, up or down, without passing a ceiling.</summary>
    public void Correct(long change) => Interlocked.Add(ref _bytes, change);

    /// <summary>Notifies that the soft ceiling was passed. Returns the exception of a handler.</summary>
    public Exception? NotifySoft(Allocator allocator)
    {
        try
        {
            Notify(new BudgetNotice(tag, false, Bytes, Budget.SoftBytes, 0, Describe(allocator)));
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    /// <summary>Reserves the bytes for the calling thread. Returns null, or why they are refused.</summary>
    public string? WhyRefused(Allocator allocator, nuint byteCount)
    {
        Withdraw();
        if (Budget.HardBytes == 0 || TryReserve(byteCount, out var bytes))
            return null;
        Interlocked.Increment(ref _refusals);
        Notify(new BudgetNotice(tag, true, bytes, Budget.HardBytes, byteCount, Describe(allocator)));
        return $"tag '{tag}' has {bytes} bytes alive and a budget of {Budget.HardBytes}; free some of them, or raise "
            + "its HardBytes";
    }

    private bool TryReserve(nuint byteCount, out nuint bytes)
    {
        while (true)
        {
            var before = Interlocked.Read(ref _bytes);
            bytes = (nuint)Math.Max(0, before);
            if (bytes > Budget.HardBytes || byteCount > Budget.HardBytes - bytes)
                return false;
            if (Interlocked.CompareExchange(ref _bytes, before + (long)byteCount, before) != before)
                continue;
            reservation = new Reservation { Account = this, Bytes = (long)byteCount };
            return true;
        }
    }

    private void Notify(BudgetNotice notice)
    {
        notify(notice);
        Budget.Exceeded?.Invoke(notice);
    }

    private static string Describe(Allocator allocator) =>
        $"{allocator.Label} in arena '{allocator.Arena.Name}'";

    private struct Reservation
    {
        public TagAccount? Account;
        public long Bytes;
    }
}
