using Arena.Tests.Diagnostics;
using Arena.Tests.Os;

namespace Arena.Tests.Blocks;

/// <summary>A process whose memory is in many pieces can still start threads and collect garbage.</summary>
public sealed class FragmentedProcessTests
{
    [LinuxTheory]
    [InlineData("heap")]
    [InlineData("steps")]
    [InlineData("blocks")]
    [InlineData("guards")]
    [InlineData("arenas")]
    public void A_process_in_pieces_starts_threads_and_collects(string kind)
    {
        using var child = new ChildOfTest("fragmented", kind);
        Assert.Equal("survived", child.ReadLine());
    }
}
