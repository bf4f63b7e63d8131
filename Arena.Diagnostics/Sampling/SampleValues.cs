namespace Arena.Diagnostics;

/// <summary>Values of a sampler's file that can be: everything behind the reader may rely on it.</summary>
internal static class SampleValues
{
    /// <summary>No address space holds more.</summary>
    private const double BytesMax = 18446744073709551616.0;

    // What a clock measures at all, and less than the least that it tells apart.
    private static readonly double SecondsMax = TimeSpan.MaxValue.TotalSeconds;
    private static readonly double SecondsStep = TimeSpan.FromTicks(1).TotalSeconds / 2;

    /// <summary>Reads bytes: of a part, or of the rest, which may be below zero.</summary>
    public static double Bytes(ref ByteReader record)
    {
        var bytes = record.Double();
        return Math.Abs(bytes) <= BytesMax ? bytes : throw new InvalidDataException("bytes beyond any memory");
    }

    /// <summary>Checks a time against the one before it, of which there may be none (-1).</summary>
    public static void CheckSeconds(double seconds, double before)
    {
        if (!(seconds >= 0 && seconds <= SecondsMax && seconds >= before + SecondsStep))
            throw new InvalidDataException("a time that is not after the one before it");
    }

    /// <summary>Checks what is counted of all memory, which is never below zero.</summary>
    public static void CheckBytes(long live, long committed, long resident)
    {
        if (live < 0 || committed < 0 || resident < 0)
            throw new InvalidDataException("fewer bytes than none");
    }
}
