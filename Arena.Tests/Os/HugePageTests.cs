using Arena.Os;
using Arena.Tests.Blocks;

namespace Arena.Tests.Os;

public sealed unsafe class HugePageTests
{
    // The kernel decides on huge pages, but the advice must be recorded at the mapping.
    [LinuxFact]
    public void The_advice_stands_at_the_mapping()
    {
        if (!Directory.Exists("/sys/kernel/mm/transparent_hugepage"))
            return;
        var memory = VirtualMemory.Native;
        var byteCount = 4 * memory.HugePageBytes;
        Assert.False(memory.Reserve(byteCount, out var range).Failed);
        Assert.False(memory.Commit(range, byteCount).Failed);
        Assert.DoesNotContain("hg", ProcessMaps.FlagsAt(range));
        Assert.False(memory.AdviseHugePages(range, byteCount).Failed);
        Assert.Contains("hg", ProcessMaps.FlagsAt(range));
        Assert.False(memory.Release(range, byteCount).Failed);
    }
}
