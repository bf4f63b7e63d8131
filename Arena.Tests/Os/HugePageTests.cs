using System.Globalization;
using Arena.Os;

namespace Arena.Tests.Os;

public sealed unsafe class HugePageTests
{
    // Whether huge pages come is the kernel's decision; that the advice stands at the mapping is not.
    [LinuxFact]
    public void The_advice_stands_at_the_mapping()
    {
        if (!Directory.Exists("/sys/kernel/mm/transparent_hugepage"))
            return;
        var memory = VirtualMemory.Native;
        var byteCount = 4 * memory.HugePageBytes;
        Assert.False(memory.Reserve(byteCount, out var range).Failed);
        Assert.False(memory.Commit(range, byteCount).Failed);
        Assert.DoesNotContain("hg", FlagsOf((nuint)range));
        Assert.False(memory.AdviseHugePages(range, byteCount).Failed);
        Assert.Contains("hg", FlagsOf((nuint)range));
        Assert.False(memory.Release(range, byteCount).Failed);
    }

    /// <summary>The two-letter flags ("VmFlags") of the mapping that holds the address.</summary>
    private static string[] FlagsOf(nuint address)
    {
        var inside = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.StartsWith("VmFlags:", StringComparison.Ordinal) && inside)
                return line["VmFlags:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var ends = line.Split(' ')[0].Split('-');
            if (ends.Length == 2 && TryParse(ends[0], out var start) && TryParse(ends[1], out var end))
                inside = address >= start && address < end;
        }
        return [];
    }

    private static bool TryParse(string text, out nuint address) =>
        nuint.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out address);
}
