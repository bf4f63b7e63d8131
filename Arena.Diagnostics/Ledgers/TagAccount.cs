namespace Arena.Diagnostics;

/// <summary>Counts the bytes alive under one tag, over all allocators, against its budget. Thread-safe.</summary>
internal sealed class TagAccount(string tag, MemoryBudget budget, nuint bytes, Action<BudgetNotice> notify)
{
    private long _bytes = (long)bytes;
    private long _refusals;
    private int _above;

    public MemoryBudget Budget { get; } = budget;

    public nuint Bytes => (nuint)Math.Max(0, Interlocked.Read(ref _bytes));

    /// <summary>The number of allocations that the hard ceiling refused.</summary>
    public long Refusals => Interlocked.Read(ref _refusals);

    /// <summary>Adds bytes; true if they passed the soft ceiling from below.</summary>
    public bool Charge(nuint byteCount)
    {
        var bytes = Interlocked.Add(ref _bytes, (long)byteCount);
        return Budget.SoftBytes != 0 && (nuint)bytes > Budget.SoftBytes && Interlocked.Exchange(ref _above, 1) == 0;
    }

    public void Release(nuint byteCount)
    {
        var bytes = Interlocked.Add(ref _bytes, -(long)byteCount);
        if (_above != 0 && bytes <= (long)Budget.SoftBytes)
            _above = 0;
    }

    /// <summary>Corrects the count, up or down, without passing a ceiling.</summary>
    public void Correct(long change) => Interlocked.Add(ref _bytes, change);

    /// <summary>Notifies that the soft ceiling was passed; returns what a handler threw.</summary>
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

    /// <summary>Null, or why the bytes are refused.</summary>
    public string? WhyRefused(Allocator allocator, nuint byteCount)
    {
        var bytes = Bytes;
        if (Budget.HardBytes == 0 || (bytes <= Budget.HardBytes && byteCount <= Budget.HardBytes - bytes))
            return null;
        Interlocked.Increment(ref _refusals);
        Notify(new BudgetNotice(tag, true, bytes, Budget.HardBytes, byteCount, Describe(allocator)));
        return $"tag '{tag}' has {bytes} bytes alive and a budget of {Budget.HardBytes}; free some of them, or raise "
            + "its HardBytes";
    }

    private void Notify(BudgetNotice notice)
    {
        notify(notice);
        Budget.Exceeded?.Invoke(notice);
    }

    private static string Describe(Allocator allocator) =>
        $"{allocator.Label} in arena '{allocator.Arena.Name}'";
}
