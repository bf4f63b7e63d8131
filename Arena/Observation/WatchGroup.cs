namespace Arena;

/// <summary>Several watches, told in the order in which they were attached.</summary>
internal sealed class WatchGroup(AllocatorWatch[] watches) : AllocatorWatch
{
    public override void Allocated(nuint address, nuint byteCount, string file, int line, string member)
    {
        foreach (var watch in watches)
            watch.Allocated(address, byteCount, file, line, member);
    }

    public override void Freed(nuint address, nuint byteCount)
    {
        foreach (var watch in watches)
            watch.Freed(address, byteCount);
    }

    public override void Cleared()
    {
        foreach (var watch in watches)
            watch.Cleared();
    }

    // Of several the one that counted, not estimated; of these the one that was attached for the longest time.
    public override IReadOnlyList<LeakLine> LiveLines() =>
        watches.Select(watch => watch.LiveLines())
            .OrderBy(lines => lines.Any(line => line.IsEstimate)).ThenByDescending(lines => lines.Sum(l => l.Count))
            .FirstOrDefault(lines => lines.Count > 0) ?? [];

    public override void Ended()
    {
        foreach (var watch in watches)
            watch.Ended();
    }
}
