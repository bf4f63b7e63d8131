using System.Globalization;

namespace Arena.Tests;

/// <summary>Finds out whether an interrupt can end a child process here.</summary>
internal static class Interrupt
{
    private const string Prefix = "SigIgn:";
    private const ulong BitOfInterrupt = 1UL << (2 - 1);

    /// <summary>
    /// True on Linux, unless this process ignores interrupts: a shell lets what it starts in the background ignore
    /// them, children inherit that, and the runtime keeps it so.
    /// </summary>
    public static bool EndsChildren => OperatingSystem.IsLinux() && (IgnoredSignals & BitOfInterrupt) == 0;

    private static ulong IgnoredSignals => ulong.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(Prefix, StringComparison.Ordinal))
            .AsSpan(Prefix.Length).Trim(),
        NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
