using System.Globalization;

namespace Arena.Tests.Blocks;

/// <summary>Reads what Linux reports about addresses of this process.</summary>
internal static unsafe class ProcessMaps
{
    /// <summary>The mappings that lie in a range, wholly or in part.</summary>
    public static int CountIn(nuint address, nuint byteCount) =>
        File.ReadLines("/proc/self/maps").Select(RangeOf).Count(
            range => range.Start < address + byteCount && range.End > address);

    /// <summary>The flags of the mapping that holds the address, such as <c>rd wr mr mw me ac hg</c>.</summary>
    public static string[] FlagsAt(void* address)
    {
        var inside = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.Contains('-') && line.IndexOf('-') < line.IndexOf(' '))
                inside = Holds(line, (nuint)address);
            else if (inside && line.StartsWith("VmFlags:", StringComparison.Ordinal))
                return line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
        }
        return [];
    }

    private static bool Holds(string line, nuint address) =>
        RangeOf(line) is var range && address >= range.Start && address < range.End;

    private static (nuint Start, nuint End) RangeOf(string line)
    {
        var range = line.Split(' ')[0].Split('-');
        return (nuint.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            nuint.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
