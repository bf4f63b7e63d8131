namespace Arena.Report.Model;

/// <summary>
/// Adds up numbers of a file, which may be larger than any memory; a sum that overflows becomes the greatest number.
/// </summary>
internal static class Saturated
{
    public static long Sum(IEnumerable<long> values)
    {
        Int128 sum = 0;
        foreach (var value in values)
            sum += value;
        return (long)Int128.Clamp(sum, long.MinValue, long.MaxValue);
    }

    public static long Negated(long value) => value == long.MinValue ? long.MaxValue : -value;
}
