namespace Arena.Diagnostics;

/// <summary>The state that the ledgers of one tracker share.</summary>
internal sealed class TrackerState(nuint sampleBytes, bool stacksOfSamples, GrowingPages pages) : IDisposable
{
    private static long seeds;

    /// <summary>The mean distance in bytes from one sampling point to the next; 0 tracks every allocation.</summary>
    public nuint SampleBytes { get; } = sampleBytes;

    /// <summary>The memory of the tables of live allocations.</summary>
    public GrowingPages Pages { get; } = pages;

    public TrackerClock Clock { get; } = new();

    public QuietPoint QuietPoint { get; } = new();

    public TagTable Tags { get; } = new();

    public StackTable Stacks { get; } = new(stacksOfSamples);

    /// <summary>True if a tag has a budget, or a line takes stacks: then each allocation needs extra work.</summary>
    public bool HasExtras { get; private set; } = stacksOfSamples;

    public bool HasAccounts { get; private set; }

    public bool IsSampling => SampleBytes != 0;

    /// <summary>Returns a seed that no other ledger of this process has.</summary>
    public static ulong NextSeed() => unchecked((ulong)Interlocked.Increment(ref seeds) * 0xD134_2543_DE82_EF95);

    /// <summary>Gives a tag an account that starts with its live bytes.</summary>
    public void OpenAccount(LedgerSet ledgerSet, string name, MemoryBudget budget, Action<BudgetNotice> notify)
    {
        var tag = Tags.Of(name);
        QuietPoint.Visit(ledgerSet, view =>
        {
            var bytes = view.Ledgers.Sum(ledger => ledger.LiveBytesOf(tag));
            tag.Account = new TagAccount(name, budget, (nuint)bytes, notify);
            HasAccounts = true;
            AskForMore(view);
        });
    }

    /// <summary>Makes a line take stacks from now on.</summary>
    public void TakeStacks(LedgerSet ledgerSet, string file, int line)
    {
        Stacks.Want(file, line);
        QuietPoint.Visit(ledgerSet, view =>
        {
            foreach (var ledger in view.Ledgers)
            {
                foreach (var site in ledger.Sites.Sites)
                    Stacks.Mark(site);
            }
            AskForMore(view);
        });
    }

    public void Dispose() => Pages.Dispose();

    private void AskForMore(LedgerView view)
    {
        HasExtras = true;
        foreach (var ledger in view.Ledgers)
            ledger.ChooseWay();
    }
}
