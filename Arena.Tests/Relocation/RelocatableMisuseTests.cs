using Arena.Pools;

namespace Arena.Tests.Relocation;

public sealed class RelocatableMisuseTests
{
    [Fact]
    public void A_handle_that_is_not_live_here_is_refused_by_every_call()
    {
        using var arena = new PageArena("arena");
        using var second = new PageArena("second");
        using var heap = new RelocatableHeap(arena, "level");
        using var sibling = new RelocatableHeap(arena, "sibling");
        using var stranger = new RelocatableHeap(second, "stranger");
        var handle = heap.Allocate(10);
        var freed = heap.Allocate(10);
        heap.Free(freed);
        var reused = heap.Allocate(10);
        Refuse(heap, freed, "was freed");
        Refuse(heap, default, "the handle is none");
        Refuse(heap, sibling.Allocate(10), "of another heap");
        Refuse(heap, stranger.Allocate(10), "of another heap");
        Refuse(sibling, handle, "of another heap");
        Refuse(stranger, handle, "of another heap");
        foreach (var bits in (ulong[])[1, ulong.MaxValue, handle.Bits ^ (1UL << 40), handle.Bits ^ (1UL << 26),
            handle.Bits | RelocatableHandle.IndexMask, handle.Bits + 1000])
            Refuse(heap, new RelocatableHandle(bits), "");
        Assert.True(heap.Contains(handle) && heap.Contains(reused));
        Assert.Equal(2, heap.LiveCount);
    }

    [Fact]
    public void A_handle_of_a_heap_that_has_ended_never_resolves_in_another()
    {
        using var arena = new PageArena("arena");
        HashSet<RelocatableHandle> seen = [];
        for (var i = 0; i < HeapNumbers.Most + 100; i++)
        {
            using var heap = new RelocatableHeap(arena) { IgnoreLeaks = true };
            Assert.True(seen.Add(heap.Allocate(1)));
        }
    }

    [Fact]
    public void What_is_pinned_is_neither_freed_nor_resized_nor_moved()
    {
        using var arena = new PageArena("arena");
        using var heap = new RelocatableHeap(arena, "level");
        foreach (var byteCount in (nuint[])[0, 100, 1 << 20])
        {
            var handle = heap.Allocate(byteCount);
            using (var pin = heap.Pin(handle))
            {
                using var second = heap.Pin(handle);
                Assert.Equal(1, heap.PinnedCount);
                var message = Assert.Throws<InvalidFreeException>(() => heap.Free(handle)).Message;
                Assert.Contains("pinned 2 times", message, StringComparison.Ordinal);
                message = Assert.Throws<InvalidOperationException>(() => heap.Resize(handle, 5)).Message;
                Assert.Contains("pinned 2 times", message, StringComparison.Ordinal);
                heap.Compact(nuint.MaxValue);
                Assert.True(pin.Bytes == heap.Span(handle));
            }
            Assert.Equal(0, heap.PinnedCount);
            heap.Resize(handle, 5);
            heap.Free(handle);
        }
    }

    [Fact]
    public void A_pin_ends_once_and_outlives_its_heap_in_peace()
    {
        using var arena = new PageArena("arena");
        var heap = new RelocatableHeap(arena) { IgnoreLeaks = true };
        var handle = heap.Allocate(100);
        var pin = heap.Pin(handle);
        var other = heap.Pin(handle);
        pin.Dispose();
        pin.Dispose();
        Assert.Equal(1, heap.PinnedCount);
        Assert.True(Pins.IsRefused(pin));
        heap.Dispose();
        other.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_the_end_every_call_says_so(bool arenaFirst)
    {
        var arena = new PageArena("arena");
        var heap = new RelocatableHeap(arena) { IgnoreLeaks = true };
        var handle = heap.Allocate(100);
        if (arenaFirst)
            arena.Dispose();
        heap.Dispose();
        heap.Dispose();
        foreach (var which in (RelocatableHandle[])[handle, default])
        {
            Assert.Throws<ObjectDisposedException>(() => heap.Allocate(1));
            Assert.Throws<ObjectDisposedException>(() => heap.TryAllocate(1, out _));
            Assert.Throws<ObjectDisposedException>(() => heap.Free(which));
            Assert.Throws<ObjectDisposedException>(() => heap.Contains(which));
            Assert.Throws<ObjectDisposedException>(() => heap.Span(which).Length);
            Assert.Throws<ObjectDisposedException>(() => heap.Span(which, 0, 0).Length);
            Assert.Throws<ObjectDisposedException>(() => heap.ByteCount(which));
            Assert.Throws<ObjectDisposedException>(() => heap.Pin(which).Bytes.Length);
            Assert.Throws<ObjectDisposedException>(() => heap.Resize(which, 1));
            Assert.Throws<ObjectDisposedException>(() => heap.TryResize(which, 1));
        }
        Assert.Throws<ObjectDisposedException>(() => heap.Compact(1));
        Assert.Throws<ObjectDisposedException>(() => heap.CompactStep(TimeSpan.Zero));
        Assert.Throws<ObjectDisposedException>(() => heap.Trim());
        Assert.Throws<ObjectDisposedException>(() => heap.LiveCount);
        Assert.Throws<ObjectDisposedException>(() => heap.LiveBytes);
        Assert.Equal((nuint)0, heap.CommittedBytes);
        Assert.Contains("disposed", heap.ToString(), StringComparison.Ordinal);
        arena.Dispose();
    }

    [Fact]
    public unsafe void A_header_that_was_overwritten_is_reported_and_nothing_moves()
    {
        using var arena = new PageArena("arena");
        using var heap = new RelocatableHeap(arena, "level") { IgnoreLeaks = true };
        List<RelocatableHandle> handles = [];
        for (var i = 0; i < 5000; i++)
            handles.Add(heap.Allocate(100));
        for (var i = 0; i < 5000; i += 2)
            heap.Free(handles[i]);
        fixed (byte* first = heap.Span(handles[2501]))
        {
            var header = (ulong*)first - 1;
            var saved = *header;
            *header = 0x1234;
            var failure = Assert.Throws<InvalidOperationException>(() => heap.Compact(nuint.MaxValue));
            Assert.Contains("overwritten", failure.Message, StringComparison.Ordinal);
            *header = saved;
        }
        Assert.True(heap.Compact(nuint.MaxValue).IsDone);
        Assert.Equal(2500, heap.LiveCount);
    }

    [Fact]
    public void Null_and_empty_arguments_are_refused()
    {
        using var arena = new PageArena("arena");
        Assert.Throws<ArgumentNullException>(() => new RelocatableHeap(null!));
        Assert.Throws<ArgumentException>(() => new RelocatableHeap(arena, " "));
        arena.Dispose();
        Assert.Throws<ObjectDisposedException>(() => new RelocatableHeap(arena));
    }

    private static void Refuse(RelocatableHeap heap, RelocatableHandle handle, string why)
    {
        var live = heap.LiveCount;
        Assert.False(heap.Contains(handle));
        List<InvalidOperationException> failures =
        [
            Assert.Throws<InvalidFreeException>(() => heap.Free(handle)),
            Assert.Throws<InvalidOperationException>(() => heap.Span(handle).Length),
            Assert.Throws<InvalidOperationException>(() => heap.Span(handle, 0, 0).Length),
            Assert.Throws<InvalidOperationException>(() => heap.Pin(handle).Bytes.Length),
            Assert.Throws<InvalidOperationException>(() => heap.ByteCount(handle)),
            Assert.Throws<InvalidOperationException>(() => heap.Resize(handle, 1)),
            Assert.Throws<InvalidOperationException>(() => heap.TryResize(handle, 1)),
        ];
        foreach (var failure in failures)
        {
            Assert.Contains(heap.Name, failure.Message, StringComparison.Ordinal);
            Assert.Contains(heap.Arena.Name, failure.Message, StringComparison.Ordinal);
            Assert.Contains(handle.ToString(), failure.Message, StringComparison.Ordinal);
            Assert.Contains(why, failure.Message, StringComparison.Ordinal);
        }
        Assert.Equal(live, heap.LiveCount);
    }
}
