using Arena.Pools;

namespace Arena.Tests.Relocation;

public sealed class RelocatableHeapTests
{
    [Fact]
    public void Contents_follow_their_handle()
    {
        using var arena = new PageArena("test");
        using var heap = new RelocatableHeap(arena);
        var handle = heap.Allocate(5);
        "hello"u8.CopyTo(heap.Span(handle));
        heap.Resize(handle, 300_000);
        Assert.True(heap.Span(handle).StartsWith("hello"u8));
        Assert.Equal((nuint)300_000, heap.LiveBytes);
        heap.Resize(handle, 2);
        Assert.Equal("he"u8.ToArray(), heap.Span(handle).ToArray());
        heap.Free(handle);
        Assert.Equal(0, heap.LiveCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(4096)]
    [InlineData((128 << 10) - 9)]
    [InlineData((128 << 10) - 8)]
    [InlineData((128 << 10) - 7)]
    [InlineData(128 << 10)]
    [InlineData(5 << 20)]
    public void A_span_has_exactly_the_bytes_that_were_asked_for(int byteCount)
    {
        using var arena = new PageArena("test");
        using var heap = new RelocatableHeap(arena);
        heap.Allocate(3);
        var handle = heap.Allocate((nuint)byteCount);
        Assert.Equal(byteCount, heap.Span(handle).Length);
        Assert.Equal((nuint)byteCount, heap.ByteCount(handle));
        heap.Span(handle).Fill(0xAA);
        Assert.Equal((nuint)byteCount + 3, heap.LiveBytes);
        Assert.True(heap.CommittedBytes >= heap.LiveBytes);
        Assert.Equal(Math.Min(byteCount, 2), heap.Span(handle, 0, Math.Min(byteCount, 2)).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = heap.Span(handle, 1, byteCount).Length);
    }

    [Fact]
    public unsafe void Contents_are_aligned_to_16_bytes()
    {
        using var arena = new PageArena("test");
        using var heap = new RelocatableHeap(arena);
        for (var i = 1; i < 300_000; i = i * 3 / 2 + 1)
        {
            var span = heap.Span(heap.Allocate((nuint)i));
            fixed (byte* first = span)
                Assert.Equal((nuint)0, (nuint)first % 16);
        }
    }

    [Fact]
    public void A_size_that_cannot_be_served_is_out_of_memory()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "little", ReserveBytes = 1 << 20 });
        using var heap = new RelocatableHeap(arena, "level");
        foreach (var absurd in (nuint[])[2 << 20, nuint.MaxValue, nuint.MaxValue - 16, nuint.MaxValue / 2])
        {
            Assert.False(heap.TryAllocate(absurd, out var none));
            Assert.True(none.IsNone);
            var failure = Assert.Throws<ArenaOutOfMemoryException>(() => heap.Allocate(absurd));
            Assert.Contains("relocatable heap 'level' in arena 'little'", failure.Message, StringComparison.Ordinal);
        }
        var handle = heap.Allocate(10);
        Assert.Throws<ArenaOutOfMemoryException>(() => heap.Resize(handle, nuint.MaxValue));
        Assert.Equal(10, heap.Span(handle).Length);
        Assert.Equal(1, heap.LiveCount);
    }

    [Fact]
    public void Scattered_survivors_come_together()
    {
        using var arena = new PageArena("test");
        using var heap = new RelocatableHeap(arena);
        var handles = Scatter(heap, 100_000, seed: 1, keepOneIn: 10, out var survivors);
        Assert.True(heap.CommittedBytes > 5 * heap.LiveBytes);
        var result = heap.Compact(nuint.MaxValue);
        Assert.True(result.IsDone);
        Assert.InRange(result.MovedBytes, (nuint)1, heap.LiveBytes * 2);
        Assert.True(result.FreedBytes > 0);
        Assert.InRange(heap.CommittedBytes, heap.LiveBytes, heap.LiveBytes * 115 / 100);
        Assert.Equal(new CompactionResult(0, 0, true), heap.Compact(nuint.MaxValue));
        foreach (var (handle, mark) in survivors)
            Assert.False(heap.Span(handle).ContainsAnyExcept(mark));
        Assert.Equal(100_000, handles);
    }

    [Fact]
    public void Statistics_show_the_holes_before_and_after()
    {
        using var arena = new PageArena("test");
        using var heap = new RelocatableHeap(arena);
        Scatter(heap, 20_000, seed: 6, keepOneIn: 5, out _);
        var before = heap.Statistics();
        Assert.Equal((heap.CommittedBytes, heap.LiveBytes), (before.CommittedBytes, before.LiveBytes));
        Assert.InRange(before.HoleCount, 1000, 20_000);
        Assert.Equal(0, before.MovedBytes);
        var result = heap.Compact(nuint.MaxValue);
        var after = heap.Statistics();
        Assert.Equal(((long)result.MovedBytes, (long)result.FreedBytes), (after.MovedBytes, after.FreedBytes));
        Assert.True(after.HoleCount < before.HoleCount / 50 && after.LargestHoleBytes > before.LargestHoleBytes);
        Assert.True(after.GainableBytes < before.GainableBytes / 10 && after.Utilization > 0.85);
        Assert.Contains("holes", after.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_have_the_effect_of_one_call()
    {
        using var arena = new PageArena("test");
        using var heap = new RelocatableHeap(arena);
        Scatter(heap, 100_000, seed: 2, keepOneIn: 4, out _);
        var steps = 0;
        while (!heap.Compact(64 << 10).IsDone)
            steps++;
        Assert.InRange(steps, 10, 1000);
        Assert.InRange(heap.CommittedBytes, heap.LiveBytes, heap.LiveBytes * 115 / 100);
    }

    [Fact]
    public void A_step_begins_when_there_is_something_to_gain_and_ends_for_good()
    {
        using var arena = new PageArena("test");
        using var heap = new RelocatableHeap(arena);
        Scatter(heap, 50_000, seed: 3, keepOneIn: 4, out _);
        while (!heap.CompactStep(TimeSpan.FromMicroseconds(100)).IsDone)
        {
        }
        Assert.InRange(heap.CommittedBytes, heap.LiveBytes, heap.LiveBytes * 115 / 100);
        for (var i = 0; i < 100; i++)
        {
            heap.Free(heap.Allocate(100));
            Assert.Equal(new CompactionResult(0, 0, true), heap.CompactStep(TimeSpan.FromSeconds(1)));
        }
    }

    [Fact]
    public void A_heap_whose_storage_is_all_pinned_is_left_alone()
    {
        using var arena = new PageArena("test");
        using var heap = new RelocatableHeap(arena);
        Scatter(heap, 20_000, seed: 4, keepOneIn: 8, out var survivors);
        Pin(heap, survivors, 0);
    }

    [Fact]
    public void An_allocation_larger_than_the_bound_stays()
    {
        using var arena = new PageArena("test");
        using var heap = new RelocatableHeap(arena);
        List<RelocatableHandle> handles = [];
        for (var i = 0; i < 200; i++)
            handles.Add(heap.Allocate(10_000));
        for (var i = 0; i < 200; i += 2)
            heap.Free(handles[i]);
        var result = heap.Compact(9_999);
        // The table of handles moves too.
        Assert.InRange(result.MovedBytes, (nuint)0, (nuint)4000);
        Assert.True(result.IsDone);
        result = heap.Compact(10_000);
        Assert.Equal((nuint)10_000, result.MovedBytes);
        Assert.False(result.IsDone);
    }

    // One frame a pin.
    private static void Pin(
        RelocatableHeap heap, IReadOnlyList<(RelocatableHandle Handle, byte Mark)> survivors, int index)
    {
        if (index < 400)
        {
            using var pin = heap.Pin(survivors[index * survivors.Count / 400].Handle);
            var before = pin.Bytes;
            Pin(heap, survivors, index + 1);
            Assert.True(before == pin.Bytes && before == heap.Span(survivors[index * survivors.Count / 400].Handle));
            return;
        }
        Assert.Equal(400, heap.PinnedCount);
        Assert.True(heap.Compact(nuint.MaxValue).IsDone);
        Assert.Equal(new CompactionResult(0, 0, true), heap.Compact(nuint.MaxValue));
    }

    private static int Scatter(
        RelocatableHeap heap, int count, int seed, int keepOneIn,
        out List<(RelocatableHandle Handle, byte Mark)> survivors)
    {
        var random = new Random(seed);
        survivors = [];
        List<RelocatableHandle> dead = [];
        for (var i = 0; i < count; i++)
        {
            var handle = heap.Allocate((nuint)random.Next(16, 1000));
            var mark = (byte)i;
            heap.Span(handle).Fill(mark);
            if (random.Next(keepOneIn) == 0)
                survivors.Add((handle, mark));
            else
                dead.Add(handle);
        }
        foreach (var handle in dead)
            heap.Free(handle);
        return count;
    }
}
