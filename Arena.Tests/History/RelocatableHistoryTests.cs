using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Relocation;

namespace Arena.Tests.History;

/// <summary>A relocatable heap goes back with its handles, its moves and its number.</summary>
public sealed unsafe class RelocatableHistoryTests : IDisposable
{
    private readonly PageArena _arena = Make("sim", 0);

    public void Dispose() => _arena.Dispose();

    [Theory]
    [InlineData(HistoryMechanism.Comparing)]
    [InlineData(HistoryMechanism.Best)]
    public void Handles_of_a_frame_resolve_again_wherever_they_were_moved(HistoryMechanism mechanism)
    {
        using var heap = new RelocatableHeap(_arena);
        var handles = Fill(heap, 20_000, seed: 1);
        using var history = ArenaHistory.Attach(_arena, 4, new ArenaHistoryOptions { Mechanism = mechanism });
        history.Save(0);
        var (committed, statistics) = (heap.CommittedBytes, heap.Statistics());
        List<RelocatableHandle> first = [];
        for (var again = 0; again < 3; again++)
        {
            for (var i = 0; i < handles.Length; i++)
            {
                if (i % 7 != 0)
                    heap.Free(handles[i]);
            }
            Assert.True(heap.Compact(nuint.MaxValue).MovedBytes > 100_000);
            RelocatableHandle[] young = [.. Fill(heap, 3000, seed: 5)];
            if (again == 0)
                first = [.. young];
            // Equal calls give equal handles again.
            Assert.Equal(first, young);
            history.Restore(0);
            Assert.Equal((committed, statistics), (heap.CommittedBytes, heap.Statistics()));
            Verify(heap, handles, seed: 1);
            foreach (var handle in young)
                Assert.False(heap.Contains(handle));
        }
    }

    [Fact]
    public void A_compaction_goes_on_where_it_was()
    {
        using var heap = new RelocatableHeap(_arena);
        var handles = Fill(heap, 40_000, seed: 2);
        for (var i = 0; i < handles.Length; i++)
        {
            if (i % 3 != 0)
                heap.Free(handles[i]);
        }
        using var history = ArenaHistory.Attach(_arena, 4);
        for (var i = 0; i < 20; i++)
            Assert.False(heap.CompactStep(TimeSpan.Zero).IsDone);
        history.Save(0);
        var (first, allocated) = Steps();
        Assert.True(first.Count > 10);
        history.Restore(0);
        var (second, again) = Steps();
        Assert.Equal(first, second);
        Assert.Equal(allocated, again);

        (List<CompactionResult> Results, List<nuint> Places) Steps()
        {
            List<CompactionResult> results = [];
            List<nuint> places = [];
            do
            {
                results.Add(heap.CompactStep(TimeSpan.Zero));
                var handle = heap.Allocate(50);
                fixed (byte* place = heap.Span(handle))
                    places.Add((nuint)place);
            }
            while (!results[^1].IsDone);
            return (results, places);
        }
    }

    [Fact]
    public void A_heap_that_ended_comes_back_and_one_that_is_made_again_has_the_same_handles()
    {
        var heap = new RelocatableHeap(_arena) { IgnoreLeaks = true };
        var handles = Fill(heap, 500, seed: 3);
        using var history = ArenaHistory.Attach(_arena, 4);
        history.Save(0);
        RelocatableHandle[]? first = null;
        for (var again = 0; again < 4; again++)
        {
            heap.Dispose();
            var young = new RelocatableHeap(_arena, "young") { IgnoreLeaks = true };
            var next = Fill(young, 100, seed: 4);
            var second = new RelocatableHeap(_arena, "second") { IgnoreLeaks = true };
            next = [.. next, .. Fill(second, 100, seed: 6)];
            Assert.Equal(first ??= next, next);
            Assert.All(handles, handle => Assert.False(young.Contains(handle) || second.Contains(handle)));
            history.Restore(0);
            Assert.True(young.IsDisposed && second.IsDisposed);
            Verify(heap, handles, seed: 3);
            Assert.All(next, handle => Assert.False(heap.Contains(handle)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Heaps_that_come_and_go_with_restores_never_resolve_handles_of_each_other(int seed)
    {
        using var second = Make("sim", 0);
        var random = new Random(seed);
        using var history = ArenaHistory.Attach(_arena, 4);
        using var other = ArenaHistory.Attach(second, 4);
        (PageArena Arena, ArenaHistory History)[] arenas = [(_arena, history), (second, other)];
        Dictionary<RelocatableHandle, PageArena> given = [];
        List<RelocatableHeap> heaps = [];
        for (var step = 0; step < 600; step++)
        {
            var (arena, its) = arenas[random.Next(2)];
            switch (random.Next(6))
            {
                case 0:
                    its.Save(its.NewestFrame + 1);
                    break;
                case 1 when its.Count > 0:
                    its.Restore(its.OldestFrame + random.Next(its.Count));
                    break;
                case 2 when heaps.Count > 0:
                    heaps[random.Next(heaps.Count)].Dispose();
                    break;
                default:
                    heaps.Add(new RelocatableHeap(arena) { IgnoreLeaks = true });
                    break;
            }
            heaps.RemoveAll(heap => heap.IsDisposed && random.Next(4) == 0);
            HashSet<RelocatableHandle> alive = [];
            foreach (var heap in heaps.Where(heap => !heap.IsDisposed))
            {
                var handle = heap.Allocate(8);
                Assert.True(alive.Add(handle), $"seed {seed}, step {step}: {handle} is given twice");
                Assert.True(
                    given.TryAdd(handle, heap.Arena) || given[handle] == heap.Arena,
                    $"seed {seed}, step {step}: {handle} was of another arena");
            }
            foreach (var handle in given.Keys.Where(_ => random.Next(50) == 0))
            {
                Assert.True(
                    heaps.Count(heap => !heap.IsDisposed && heap.Contains(handle)) < 2,
                    $"seed {seed}, step {step}: {handle} resolves in two heaps");
            }
        }
    }

    [Fact]
    public void While_something_is_pinned_nothing_is_saved_and_nothing_goes_back()
    {
        using var heap = new RelocatableHeap(_arena, "texts") { IgnoreLeaks = true };
        var handle = heap.Allocate(100);
        using var history = ArenaHistory.Attach(_arena, 4);
        history.Save(0);
        history.Save(1);
        var stream = new MemoryStream();
        history.WriteTo(0, stream);
        stream.Position = 0;
        heap.Span(handle).Fill(9);
        using (heap.Pin(handle))
        {
            using var second = heap.Pin(heap.Allocate(1));
            Action[] calls =
            [
                () => history.Save(2), () => history.Restore(0), () => history.ReadFrom(stream),
                () => history.Difference(0, 1), () => history.Difference(0, stream),
            ];
            foreach (var call in calls)
            {
                var message = Assert.Throws<InvalidOperationException>(call).Message;
                Assert.Contains("'texts'", message, StringComparison.Ordinal);
                Assert.Contains("2 of its allocations are pinned", message, StringComparison.Ordinal);
            }
            Assert.Equal((2, 9, 2), (history.Count, heap.Span(handle)[50], heap.PinnedCount));
            history.Dispose();
            Assert.Throws<InvalidOperationException>(() => ArenaHistory.Attach(_arena, 4));
        }
        using var next = ArenaHistory.Attach(_arena, 4);
        next.Save(0);
        next.Restore(0);
        Assert.Equal(9, heap.Span(handle)[50]);
    }

    [Fact]
    public void A_pin_of_a_heap_that_ended_has_ended_where_the_heap_comes_back()
    {
        var heap = new RelocatableHeap(_arena) { IgnoreLeaks = true };
        var handle = heap.Allocate(100);
        using var history = ArenaHistory.Attach(_arena, 4);
        history.Save(0);
        var pin = heap.Pin(handle);
        heap.Dispose();
        history.Restore(0);
        Assert.True(Pins.IsRefused(pin));
        using (heap.Pin(handle))
        {
            pin.Dispose();
            Assert.Equal(1, heap.PinnedCount);
        }
        heap.Free(handle);
    }

    [Fact]
    public void A_difference_is_named_by_allocation_offset_and_line()
    {
        using var tracker = LeakTracker.Attach(_arena);
        var heap = new RelocatableHeap(_arena, "texts");
        var small = heap.Allocate(100);
        var large = heap.Allocate(3 << 20);
        heap.Span(small).Clear();
        heap.Span(large).Clear();
        using var history = ArenaHistory.Attach(_arena, 4);
        history.Save(0);
        heap.Span(small)[41] = 1;
        heap.Span(large).Slice(2_000_000, 3).Fill(1);
        history.Save(1);
        Assert.NotEqual(history.Checksum(0), history.Checksum(1));
        var differences = history.Difference(0, 1);
        Assert.Equal([(41u, 1u), (2_000_000u, 3u)], differences.Select(found => (found.Offset, found.ByteCount)));
        foreach (var (difference, handle) in differences.Zip((RelocatableHandle[])[small, large]))
        {
            fixed (byte* place = heap.Span(handle))
                Assert.Equal(("texts", (nuint)place), (difference.Allocator, difference.Address));
            Assert.StartsWith("RelocatableHistoryTests.cs:", difference.AllocatedAt, StringComparison.Ordinal);
        }
        // What is free is in no checksum.
        var before = history.Checksum(1);
        var spare = heap.Allocate(5000);
        heap.Span(spare).Fill(7);
        heap.Free(spare);
        history.Save(2);
        Assert.Equal(before, history.Checksum(2));
        heap.Free(small);
        history.Save(3);
        Assert.NotEqual(before, history.Checksum(3));
    }

    /// <summary>A frame of a stream is refused if its checksum is not that of its contents.</summary>
    [Theory]
    [InlineData(1, 8, HistoryMechanism.Comparing)]
    [InlineData(2, 8, HistoryMechanism.Best)]
    [InlineData(3, 1, HistoryMechanism.Best)]
    public void The_checksum_that_is_kept_up_to_date_is_that_of_the_contents(
        int seed, int frames, HistoryMechanism mechanism)
    {
        using var parts = new RelocatableParts(_arena);
        using var history = ArenaHistory.Attach(_arena, frames, new ArenaHistoryOptions { Mechanism = mechanism });
        var state = new RelocatableParts.State();
        var random = new Random(seed);
        for (var frame = 0; frame < 250; frame++)
        {
            for (var i = random.Next(30); i > 0; i--)
                parts.Call(state, random, keepsHandles: true);
            history.Save(frame);
            if (frame % 5 == 0)
                continue;
            var stream = new MemoryStream();
            history.WriteTo(frame, stream);
            stream.Position = 0;
            history.ReadFrom(stream);
        }
    }

    [Fact]
    public void A_frame_of_a_stream_brings_its_handles_and_its_number()
    {
        var stream = new MemoryStream();
        RelocatableHandle[] handles, next;
        nuint place;
        using (var arena = Make("written", 0))
        {
            place = arena.BaseAddress;
            var heap = new RelocatableHeap(arena);
            handles = Fill(heap, 5000, seed: 8);
            using var history = ArenaHistory.Attach(arena, 2);
            history.Save(0);
            history.WriteTo(0, stream);
            next = [.. Fill(heap, 100, seed: 9), .. Fill(new RelocatableHeap(arena, "next"), 100, seed: 9)];
        }
        using var other = Make("written", place);
        using var read = new RelocatableHeap(other);
        var own = Fill(read, 300, seed: 1);
        using (var history = ArenaHistory.Attach(other, 2))
        {
            history.Save(0);
            for (var again = 0; again < 2; again++)
            {
                stream.Position = 0;
                history.ReadFrom(stream);
                Verify(read, handles, seed: 8);
                Assert.All(own, handle => Assert.False(read.Contains(handle)));
                var more = Fill(read, 100, seed: 9);
                Assert.Equal(next[..100], more);
                using var made = new RelocatableHeap(other, "next") { IgnoreLeaks = true };
                Assert.Equal(next[100].Generation, Fill(made, 100, seed: 9)[0].Generation);
            }
        }
    }

    [Fact]
    public void A_number_that_another_arena_has_is_refused_and_nothing_changes()
    {
        var stream = new MemoryStream();
        using var taken = new StateStream();
        var stranger = Make("stranger", 0);
        nuint place;
        using (var arena = Make("written", 0))
        {
            place = arena.BaseAddress;
            Fill(new RelocatableHeap(arena), 10, seed: 8);
            using var history = ArenaHistory.Attach(arena, 2);
            history.Save(0);
            history.WriteTo(0, stream);
            taken.BeginSaving();
            arena.HeapNumbers.KeepState(taken);
        }
        taken.BeginRestoring();
        stranger.HeapNumbers.KeepState(taken);
        using var other = Make("written", place);
        var heap = new RelocatableHeap(other);
        var handles = Fill(heap, 1000, seed: 1);
        using var second = ArenaHistory.Attach(other, 2);
        second.Save(4);
        foreach (var call in (Action[])[() => second.ReadFrom(stream), () => second.Difference(4, stream)])
        {
            stream.Position = 0;
            var failure = Assert.Throws<InvalidOperationException>(call);
            Assert.Contains("another arena", failure.Message, StringComparison.Ordinal);
            Verify(heap, handles, seed: 1);
        }
        second.Restore(4);
        Verify(heap, handles, seed: 1);
        stranger.Dispose();
        stream.Position = 0;
        Assert.Equal(0, second.ReadFrom(stream));
        Assert.Equal(10, heap.LiveCount);
    }

    private static PageArena Make(string name, nuint place) =>
        new(new PageArenaOptions { Name = name, ReserveBytes = 1u << 28, BaseAddress = place }) { IgnoreLeaks = true };

    private static RelocatableHandle[] Fill(RelocatableHeap heap, int count, int seed)
    {
        var random = new Random(seed);
        var handles = new RelocatableHandle[count];
        for (var i = 0; i < count; i++)
        {
            handles[i] = heap.Allocate((nuint)random.Next(i % 500 == 499 ? 200_000 : 300));
            heap.Span(handles[i]).Fill((byte)random.Next());
        }
        return handles;
    }

    private static void Verify(RelocatableHeap heap, RelocatableHandle[] handles, int seed)
    {
        Assert.Equal(handles.Length, heap.LiveCount);
        var random = new Random(seed);
        for (var i = 0; i < handles.Length; i++)
        {
            var span = heap.Span(handles[i]);
            Assert.Equal(random.Next(i % 500 == 499 ? 200_000 : 300), span.Length);
            Assert.False(span.ContainsAnyExcept((byte)random.Next()));
        }
    }
}
