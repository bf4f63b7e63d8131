using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>Which pages of a heap are looked at again although they were not written.</summary>
public sealed unsafe class HeapOutlineTests
{
    [Fact]
    public void All_pages_of_a_block_are_summed_again_if_one_of_another_length_was_there()
    {
        using var arena = new PageArena("outlines") { IgnoreLeaks = true };
        using var heap = new Heap(arena);
        var first = heap.Allocate(3 << 20);
        var outlines = new Outlines();
        heap.GiveOutlines(outlines);
        outlines.Touched.Clear();
        heap.GiveOutlines(outlines);
        Assert.Empty(outlines.Touched);
        heap.Free(first);
        var second = heap.Allocate(5 << 20);
        Assert.Equal((nuint)first, (nuint)second);
        heap.GiveOutlines(outlines);
        for (nuint at = 0; at < 5 << 20; at += 4096)
            Assert.Contains((nuint)second + at, outlines.Touched);
        heap.Free(second);
        Assert.Equal((nuint)first, (nuint)heap.Allocate(3 << 20));
        outlines.Touched.Clear();
        heap.GiveOutlines(outlines);
        Assert.NotEmpty(outlines.Touched);
    }

    private sealed class Outlines : ILiveOutlines
    {
        private readonly Dictionary<nuint, ulong> _outlines = [];

        public HashSet<nuint> Touched { get; } = [];

        public nuint PageBytes => 4096;

        public bool MayDiffer(void* from, void* end) => true;

        public bool Set(void* page, ulong outline)
        {
            var isOther = !_outlines.TryGetValue((nuint)page, out var before) || before != outline;
            _outlines[(nuint)page] = outline;
            return isOther;
        }

        public void Touch(void* from, void* end)
        {
            for (var page = (nuint)from; page < (nuint)end; page += PageBytes)
                Touched.Add(page);
        }
    }
}
