namespace Arena.Report.Model;

/// <summary>Sums of what a file says, which may be more than any memory: the greatest number stands for more.</summary>
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
