namespace Arena.Diagnostics;

/// <summary>The ledgers at one moment, and the sites of allocators that had gone by then.</summary>
internal readonly record struct LedgerView(Ledger[] Ledgers, (Site Site, SiteCounters Sum)[] Departed);
