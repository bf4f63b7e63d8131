namespace Arena.Diagnostics;

/// <summary>Receives the sites of ledgers and their counters.</summary>
internal interface ISiteSink
{
    void Add(Site site, in SiteCounters counters);
}
