using Arena.Os;
using Arena.Tests.Blocks;

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
        Assert.DoesNotContain("hg", ProcessMaps.FlagsAt(range));
        Assert.False(memory.AdviseHugePages(range, byteCount).Failed);
        Assert.Contains("hg", ProcessMaps.FlagsAt(range));
        Assert.False(memory.Release(range, byteCount).Failed);
    }
}
