namespace Arena;

/// <summary>How many allocations are alive, and their bytes as granted.</summary>
internal readonly record struct LiveTotals(long Count, nuint Bytes)
{
    public static LiveTotals operator +(LiveTotals left, LiveTotals right) =>
        new(left.Count + right.Count, left.Bytes + right.Bytes);
}
