namespace Arena;

/// <summary>
/// Notifies several links in the order in which they were attached, even if one of them throws. It returns the first
/// exception.
/// </summary>
internal sealed class LinkGroup(ObserverLink[] links) : ObserverLink
{
    public override Exception? Allocated(nuint address, nuint byteCount, in SourceLine caller)
    {
        Exception? failure = null;
        foreach (var link in links)
        {
            var its = link.Allocated(address, byteCount, in caller);
            failure ??= its;
        }
        return failure;
    }

    public override Exception? Freed(nuint address, nuint byteCount)
    {
        Exception? failure = null;
        foreach (var link in links)
        {
            var its = link.Freed(address, byteCount);
            failure ??= its;
        }
        return failure;
    }

    public override Exception? Cleared()
    {
        Exception? failure = null;
        foreach (var link in links)
        {
            var its = link.Cleared();
            failure ??= its;
        }
        return failure;
    }

    public override Exception? Moved(nuint oldAddress, nuint address, nuint byteCount)
    {
        Exception? failure = null;
        foreach (var link in links)
        {
            var its = link.Moved(oldAddress, address, byteCount);
            failure ??= its;
        }
        return failure;
    }

    // Prefers a link that counted to one that estimated; among equals, the oldest one, which counted most.
    public override IReadOnlyList<LeakLine> LiveLines() =>
        links.Select(link => link.LiveLines())
            .OrderBy(lines => lines.Any(line => line.IsEstimate)).ThenByDescending(lines => lines.Sum(l => l.Count))
            .FirstOrDefault(lines => lines.Count > 0) ?? [];

    public override SourceLine? LineOf(nuint address)
    {
        foreach (var link in links)
        {
            if (link.LineOf(address) is { } line)
                return line;
        }
        return null;
    }

    public override void Ended()
    {
        foreach (var link in links)
            link.Ended();
    }
}
