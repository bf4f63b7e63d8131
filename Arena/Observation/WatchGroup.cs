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
}
