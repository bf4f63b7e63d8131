namespace Arena;

/// <summary>The number of live allocations, and their bytes as granted.</summary>
internal readonly record struct LiveTotals(long Count, nuint Bytes)
{
    public static LiveTotals operator +(LiveTotals left, LiveTotals right) =>
        new(left.Count + right.Count, left.Bytes + right.Bytes);
}
