using System.Globalization;

namespace Arena;

/// <summary>
/// Words an amount of memory for a person, with three or four digits: exact below 1 KiB, and in a larger unit above.
/// </summary>
internal static class Amount
{
    /// <summary>Returns <c>640 bytes</c>, <c>5.52 KiB</c>, <c>56.5 MiB</c>.</summary>
    public static string Text(nuint byteCount)
    {
        if (byteCount < 1024)
            return byteCount == 1 ? "1 byte" : string.Create(CultureInfo.InvariantCulture, $"{byteCount} bytes");
        ReadOnlySpan<string> units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        var value = byteCount / 1024.0;
        var unit = 0;
        // 1,023.5 would be written as 1024.
        for (; value >= 1023.5; unit++)
            value /= 1024;
        var digits = value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##";
        return $"{value.ToString(digits, CultureInfo.InvariantCulture)} {units[unit]}";
    }
}
