using System.Globalization;

namespace Arena;

/// <summary>Words an amount of memory for a person: exact while it is short, and in a larger unit above that.</summary>
internal static class Amount
{
    private const nuint LongestExact = 10_000;

    /// <summary>Returns <c>640 bytes</c>, <c>56.5 MiB</c>.</summary>
    public static string Text(nuint byteCount)
    {
        if (byteCount < LongestExact)
            return byteCount == 1 ? "1 byte" : string.Create(CultureInfo.InvariantCulture, $"{byteCount} bytes");
        ReadOnlySpan<string> units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        var value = byteCount / 1024.0;
        var unit = 0;
        // 1,023.95 would be written as 1024.
        for (; value >= 1023.95; unit++)
            value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {units[unit]}");
    }
}
