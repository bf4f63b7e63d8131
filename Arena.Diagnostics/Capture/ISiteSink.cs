namespace Arena.Diagnostics;

/// <summary>Is given the sites of ledgers and what they count.</summary>
internal interface ISiteSink
{
    void Add(Site site, in SiteCounters counters);
}
