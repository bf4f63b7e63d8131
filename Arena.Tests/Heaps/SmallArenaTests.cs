using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Heaps;

/// <summary>Arenas that are small for their work: large requests, and many threads.</summary>
public sealed unsafe class SmallArenaTests
{
    /// <summary>Kinds of heaps, and sizes of arenas in KiB.</summary>
    public static TheoryData<string, int> Arenas
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var kibibytes in new[] { 256, 512, 1 << 10, 2 << 10, 4 << 10, 8 << 10, 64 << 10 })
            {
                data.Add("heap", kibibytes);
                data.Add("shared heap", kibibytes);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Arenas))]
    public void Any_size_up_to_three_quarters_of_an_arena_is_served(string kind, int kibibytes)
    {
        foreach (var byteCount in Sizes(kibibytes))
        {
            using var arena = Make(kibibytes);
            using var heap = new EitherHeap(kind, arena);
            Assert.True(heap.TryAllocate(byteCount, out _), $"{byteCount} bytes of {kibibytes} KiB, fresh");
        }
    }

    [Theory]
    [MemberData(nameof(Arenas))]
    public void And_after_churn_and_Trim_again(string kind, int kibibytes)
    {
        using var arena = Make(kibibytes);
        using var heap = new EitherHeap(kind, arena);
        foreach (var byteCount in Sizes(kibibytes))
        {
            Churn(heap, kibibytes);
            heap.Trim();
            Assert.True(heap.TryAllocate(byteCount, out var place), $"{byteCount} bytes of {kibibytes} KiB, trimmed");
            heap.Free(place);
        }
    }

    [Theory]
    [MemberData(nameof(Arenas))]
    public void And_after_churn_without_it(string kind, int kibibytes)
    {
        using var arena = Make(kibibytes);
        using var heap = new EitherHeap(kind, arena);
        foreach (var byteCount in Sizes(kibibytes))
        {
            Churn(heap, kibibytes);
            Assert.True(heap.TryAllocate(byteCount, out var place), $"{byteCount} bytes of {kibibytes} KiB, churned");
            heap.Free(place);
        }
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(48, 24)]
    [InlineData(16, 4)]
    public void Threads_at_once_are_all_served_and_leave_nine_tenths_as_one_block(int threads, int mebibytes)
    {
        using var arena = Make(mebibytes << 10);
        using var heap = new SharedHeap(arena);
        using (var barrier = new Barrier(threads))
        {
            ThreadCrew.Run(threads, number =>
            {
                var address = heap.TryAllocate(100, 16, out var place) ? (nint)place : 0;
                barrier.SignalAndWait();
                Assert.True(address != 0, $"thread {number} got nothing");
                // A slot of a segment of its own, no whole page.
                Assert.Equal(112u, heap.UsableBytes((void*)address));
                heap.Free((void*)address);
            });
        }
        Assert.Equal(0, heap.LiveCount);
        var most = arena.ReservedBytes / 10 * 9;
        Assert.True(heap.TryAllocate(most, 16, out var all), heap.ToString());
        heap.Free(all);
        heap.Trim();
        Assert.True(arena.TryAllocate(most, 0, out _), arena.ToString());
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(48, 24)]
    public void Threads_at_once_are_all_served_by_a_pool(int threads, int mebibytes)
    {
        using var arena = Make(mebibytes << 10);
        using var pool = new SharedPool<long>(arena);
        using (var barrier = new Barrier(threads))
        {
            ThreadCrew.Run(threads, number =>
            {
                var isServed = pool.TryAllocate(out var slot);
                barrier.SignalAndWait();
                Assert.True(isServed, $"thread {number} got nothing");
                pool.Free(slot);
            });
        }
        pool.Trim();
        Assert.True(arena.TryAllocate(arena.ReservedBytes / 10 * 9, 0, out _), arena.ToString());
    }

    [Fact]
    public void More_threads_than_segments_are_served_from_whole_pages()
    {
        const int Threads = 24;
        using var arena = Make(1 << 10);
        using var heap = new SharedHeap(arena);
        using var barrier = new Barrier(Threads);
        ThreadCrew.Run(Threads, number =>
        {
            var address = heap.TryAllocate(100, 16, out var place) ? (nint)place : 0;
            barrier.SignalAndWait();
            Assert.True(address != 0, $"thread {number} got nothing");
            heap.Free((void*)address);
        });
        Assert.Equal(0, heap.LiveCount);
    }

    private static PageArena Make(int kibibytes) =>
        new(new PageArenaOptions { Name = "small", ReserveBytes = (nuint)kibibytes << 10 });

    // Sizes from a byte to three quarters of the arena, several to a doubling, with those around the limits of classes.
    private static IEnumerable<nuint> Sizes(int kibibytes)
    {
        var most = ((nuint)kibibytes << 10) / 4 * 3;
        for (nuint byteCount = 1; byteCount < most; byteCount += byteCount / 3 + 1)
            yield return byteCount;
        foreach (var kibibyte in new nuint[] { 4, 16, 20, 36, 37, 64, 100, 200, 250, 256, 257, 512 })
        {
            if (kibibyte << 10 <= most)
                yield return kibibyte << 10;
        }
        yield return most;
    }

    // A third of the arena in pieces of all sizes, freed in another order.
    private static void Churn(EitherHeap heap, int kibibytes)
    {
        var random = new Random(kibibytes);
        var left = (kibibytes << 10) / 3;
        var live = new List<nint>();
        while (left > 0)
        {
            var byteCount = Math.Min(left, random.Next(1, 1 << random.Next(4, 15)));
            if (heap.TryAllocate((nuint)byteCount, out var place))
                live.Add((nint)place);
            left -= byteCount + 16;
        }
        foreach (var place in live.OrderBy(_ => random.Next()))
            heap.Free((void*)place);
    }

    private sealed class EitherHeap(string kind, PageArena arena) : IDisposable
    {
        private readonly Heap? _heap = kind == "heap" ? new Heap(arena) : null;
        private readonly SharedHeap? _shared = kind == "heap" ? null : new SharedHeap(arena);

        public bool TryAllocate(nuint byteCount, out void* place) => _heap is not null
            ? _heap.TryAllocate(byteCount, 16, out place)
            : _shared!.TryAllocate(byteCount, 16, out place);

        public void Free(void* place)
        {
            _heap?.Free(place);
            _shared?.Free(place);
        }

        public void Trim()
        {
            _heap?.Trim();
            _shared?.Trim();
        }

        public void Dispose()
        {
            _heap?.Dispose();
            _shared?.Dispose();
        }
    }
}
