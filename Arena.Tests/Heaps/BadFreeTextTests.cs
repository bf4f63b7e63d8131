using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Heaps;

/// <summary>A bad free says whether the place was freed before, or inside what it lies.</summary>
public sealed unsafe class BadFreeTextTests : IDisposable
{
    private readonly PageArena _arena = new("hall");
    private readonly PageArena _other = new("other hall");
    private readonly Heap _heap;
    private readonly SharedHeap _shared;

    public BadFreeTextTests()
    {
        _heap = new Heap(_arena);
        _shared = new SharedHeap(_other);
    }

    public void Dispose()
    {
        _arena.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData(100, 112)]
    [InlineData(300, 304)]
    [InlineData(512, 512)]
    [InlineData(513, 528)]
    [InlineData(40_000, 40_960)]
    [InlineData(300_000, 303_104)]
    public void An_address_inside_says_inside_of_what(int requested, int granted)
    {
        for (var i = 0; i < 5; i++)
        {
            AssertInside(_heap.Allocate((nuint)requested), granted, address => _heap.Free((void*)address));
            var shared = (nint)_shared.Allocate((nuint)requested);
            AssertInside((void*)shared, granted, address => _shared.Free((void*)address));
            OtherThread.Run(() => AssertInside((void*)shared, granted, address => _shared.Free((void*)address)));
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(40_000)]
    [InlineData(300_000)]
    public void A_second_free_says_that_it_is_one(int requested)
    {
        var own = (nint)_heap.Allocate((nuint)requested);
        var shared = (nint)_shared.Allocate((nuint)requested);
        var foreign = (nint)_shared.Allocate((nuint)requested);
        _heap.Free((void*)own);
        _shared.Free((void*)shared);
        OtherThread.Run(() => _shared.Free((void*)foreign));
        for (var i = 0; i < 2; i++)
        {
            AssertFreed(own, address => _heap.Free((void*)address));
            AssertFreed(shared, address => _shared.Free((void*)address));
            AssertFreed(foreign, address => _shared.Free((void*)address));
            OtherThread.Run(() => AssertFreed(shared, address => _shared.Free((void*)address)));
            _heap.Trim();
            _shared.Trim();
        }
    }

    [Fact]
    public void An_address_in_what_is_free_says_so()
    {
        var live = (byte*)_heap.Allocate(600);
        var freed = (byte*)_heap.Allocate(600);
        _heap.Free(freed);
        Assert.Contains(
            $"16 bytes inside 608 bytes at 0x{(nuint)freed:x} that were already freed",
            Text((nint)(freed + 16), address => _heap.Free((void*)address)), StringComparison.Ordinal);
        _heap.Trim();
        Assert.Contains(
            "nothing is allocated there: it was already freed, or never allocated",
            Text((nint)(freed + 16), address => _heap.Free((void*)address)), StringComparison.Ordinal);
        Assert.Contains(
            "it is not an allocation of this heap",
            Text((nint)(&live), address => _heap.Free((void*)address)), StringComparison.Ordinal);
        _heap.Free(live);
    }

    private static void AssertInside(void* allocation, int granted, Action<nint> free)
    {
        foreach (var offset in new[] { 1, 8, 16, granted - 16, granted - 1 })
        {
            Assert.Contains(
                $": it lies {offset} bytes inside a live allocation of {granted} bytes at 0x{(nuint)allocation:x}; ",
                Text((nint)allocation + offset, free), StringComparison.Ordinal);
        }
    }

    private static void AssertFreed(nint address, Action<nint> free)
    {
        var text = Text(address, free);
        Assert.True(
            text.Contains("already freed", StringComparison.Ordinal)
            || text.Contains("freed it already", StringComparison.Ordinal), text);
        Assert.DoesNotContain("inside", text, StringComparison.Ordinal);
    }

    private static string Text(nint address, Action<nint> free) =>
        Assert.Throws<InvalidFreeException>(() => free(address)).Message;
}
