using System.Text;
using Arena.Pools;

namespace Arena.Tests.Heaps;

/// <summary>START and LEN of everything that is alive, as text.</summary>
public sealed unsafe class AllocationTableTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly Heap _heap;

    public AllocationTableTests() => _heap = new Heap(_arena);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public Task Ten_bytes_twenty_bytes_free_the_first_eleven_bytes()
    {
        var story = new StringBuilder();
        var first = _heap.Allocate(10);
        // START is counted from the page that the first one lies in.
        var origin = (void*)((nuint)first & ~(PageArena.PageBytes - 1));
        Say("malloc(10)");
        _heap.Allocate(20);
        Say("malloc(20)");
        _heap.Free(first);
        Say("free the first");
        Assert.True(_heap.Allocate(11) == first);
        Say("malloc(11)");
        return Verify(story.ToString());

        void Say(string step) =>
            story.Append(step).Append('\n').Append(AllocationTable.Render(_heap, origin: origin)).Append('\n');
    }

    [Fact]
    public void Holes_and_sums_are_those_of_the_walk()
    {
        var random = new Random(7);
        var slots = Enumerable.Range(0, 2000).Select(_ => (nint)_heap.Allocate((nuint)random.Next(3000))).ToList();
        for (var i = 0; i < 1000; i++)
            _heap.Free((void*)slots[2 * i]);
        var (holes, holeBytes, end) = (0, (nuint)0, (nuint)0);
        var starts = new List<string>();
        foreach (var allocation in _heap.Allocations())
        {
            var start = (nuint)allocation.Address;
            starts.Add($"0x{start:x}");
            holes += end != 0 && start != end ? 1 : 0;
            holeBytes += end != 0 ? start - end : 0;
            end = start + allocation.ByteCount;
        }
        var lines = AllocationTable.Render(_heap, int.MaxValue).Split('\n');
        Assert.Equal(starts, lines.Where(line => line.StartsWith("0x", StringComparison.Ordinal))
            .Select(line => line[..line.IndexOf(' ', StringComparison.Ordinal)]));
        Assert.Equal(holes, lines.Count(line => line.EndsWith("  hole", StringComparison.Ordinal)));
        Assert.Equal(
            $"1000 live allocations of {_heap.LiveBytes} bytes, {holes} holes of {holeBytes} bytes between them",
            lines[^2]);
    }

    [Fact]
    public void A_table_that_is_too_long_says_what_is_missing_and_sums_it_all_the_same()
    {
        for (var i = 0; i < 5; i++)
            _heap.Allocate(32);
        var lines = AllocationTable.Render(_heap, maximumRows: 2).Split('\n');
        Assert.Equal(6, lines.Length);
        Assert.Equal("... and 3 more rows", lines[3]);
        Assert.Equal("5 live allocations of 160 bytes", lines[4]);
        Assert.DoesNotContain("more", AllocationTable.Render(_heap, maximumRows: 5), StringComparison.Ordinal);
    }

    [Fact]
    public void What_lies_below_the_origin_has_a_negative_START()
    {
        var slot = (byte*)_heap.Allocate(32);
        Assert.Contains("-0x10 ", AllocationTable.Render(_heap, origin: slot + 16), StringComparison.Ordinal);
        Assert.Contains("0x0 ", AllocationTable.Render(_heap, origin: slot), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_heap_has_an_empty_table()
    {
        Assert.Equal("START                  LEN\n0 live allocations of 0 bytes\n", AllocationTable.Render(_heap));
        Assert.Throws<ArgumentNullException>(() => AllocationTable.Render((Heap)null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocationTable.Render(_heap, -1));
        _heap.Dispose();
        Assert.Throws<ObjectDisposedException>(() => AllocationTable.Render(_heap));
    }
}
