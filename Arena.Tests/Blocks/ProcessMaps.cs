using System.Globalization;

namespace Arena.Tests.Blocks;

/// <summary>What Linux says about one address of this process.</summary>
internal static unsafe class ProcessMaps
{
    /// <summary>The permissions of the mapping that holds the address, such as <c>rw-p</c>; null for none.</summary>
    public static string? PermissionsAt(void* address)
    {
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            if (Holds(line, (nuint)address))
                return line.Split(' ')[1];
        }
        return null;
    }

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

    private static bool Holds(string line, nuint address)
    {
        var range = line.Split(' ')[0].Split('-');
        return address >= nuint.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            && address < nuint.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
