namespace Arena.Diagnostics;

/// <summary>Reads all categories of a breakdown, however many there are now.</summary>
internal static class BreakdownReader
{
    /// <summary>Reads the live bytes of all categories into an array, which grows as needed.</summary>
    /// <returns>The number of categories.</returns>
    public static int Read(IMemoryBreakdown source, ref long[] liveBytes)
    {
        var count = source.Read(liveBytes);
        while (count > liveBytes.Length)
        {
            liveBytes = new long[Math.Max(count, 2 * liveBytes.Length)];
            count = source.Read(liveBytes);
        }
        return count;
    }
}
