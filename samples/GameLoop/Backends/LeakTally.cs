namespace GameLoop.Backends;

/// <summary>The allocations that were never freed.</summary>
/// <param name="Count">Allocations.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Sites">The lines that allocated them, largest first; empty where the backend cannot know.</param>
internal sealed record LeakTally(long Count, long Bytes, IReadOnlyList<LeakPlace> Sites)
{
    /// <summary>Adds up tallies; a line that leaked in several of them is one site.</summary>
    public static LeakTally Sum(IReadOnlyList<LeakTally> tallies) => new(
        tallies.Sum(tally => tally.Count),
        tallies.Sum(tally => tally.Bytes),
        [
            .. tallies.SelectMany(tally => tally.Sites)
                .GroupBy(site => (site.File, site.Line))
                .Select(line => new LeakPlace(
                    line.Key.File, line.Key.Line, line.Sum(site => site.Count), line.Sum(site => site.Bytes)))
                .OrderByDescending(site => site.Bytes),
        ]);
}
