namespace Arena.Diagnostics;

/// <summary>Checks values of a sampler's file, so that everything after the reader can rely on them.</summary>
internal static class SampleValues
{
    /// <summary>The size of the largest address space.</summary>
    private const double BytesMax = 18446744073709551616.0;

    // The longest time that a clock measures, and a value below its resolution.
    private static readonly double SecondsMax = TimeSpan.MaxValue.TotalSeconds;
    private static readonly double SecondsStep = TimeSpan.FromTicks(1).TotalSeconds / 2;

    /// <summary>Reads the bytes of a category, or of the rest, which may be below zero.</summary>
    public static double Bytes(ref ByteReader record)
    {
        var bytes = record.Double();
        return Math.Abs(bytes) <= BytesMax ? bytes : throw new InvalidDataException("bytes beyond any memory");
    }

    /// <summary>Checks a time against the one before it; -1 if there is none.</summary>
    public static void CheckSeconds(double seconds, double before)
    {
        if (!(seconds >= 0 && seconds <= SecondsMax && seconds >= before + SecondsStep))
            throw new InvalidDataException("a time that is not after the one before it");
    }

    /// <summary>Checks totals of memory, which are never below zero.</summary>
    public static void CheckBytes(long live, long committed, long resident)
    {
        if (live < 0 || committed < 0 || resident < 0)
            throw new InvalidDataException("a negative number of bytes");
    }
}
