using System.Globalization;

namespace GameLoop.Measurement;

/// <summary>The memory of this process that is resident.</summary>
internal static class ResidentMemory
{
    private const string Status = "/proc/self/status";
    private const string Anonymous = "RssAnon:";
    private const int BytesPerKibibyte = 1024;

    /// <summary>
    /// Returns what the process has written, without mapped code and files; where the system does not say
    /// that, everything that is resident.
    /// </summary>
    public static long Bytes()
    {
        if (!OperatingSystem.IsLinux())
            return Environment.WorkingSet;
        foreach (var line in File.ReadLines(Status))
        {
            if (line.StartsWith(Anonymous, StringComparison.Ordinal))
                return BytesPerKibibyte * Kibibytes(line.AsSpan(Anonymous.Length));
        }
        return Environment.WorkingSet;
    }

    // As in "RssAnon:      8412 kB".
    private static long Kibibytes(ReadOnlySpan<char> text) =>
        long.Parse(text[..^"kB".Length].Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
}
