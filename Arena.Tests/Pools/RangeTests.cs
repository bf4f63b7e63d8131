using Arena.Pools;

namespace Arena.Tests.Pools;

/// <summary>Many slots or allocations in one call do exactly what many calls do.</summary>
public sealed class RangeTests : IDisposable
{
    private readonly PageArena _arena = new("ranges");

    public void Dispose() => _arena.Dispose();

    public static TheoryData<string> Kinds =>
    [
        "pool", "small pool", "wide pool", "full pool", "heap", "shared heap", "large", "shared pool",
        "full shared pool",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Random_ranges_agree_with_a_model(string kind)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        using var ranges = Make(kind);
        var live = new HashSet<nint>();
        var most = kind.Contains("full") ? 500 : kind == "large" ? 60 : 6_000;
        for (var step = 0; step < 400; step++)
        {
            var wanted = new nint[random.Next(kind == "large" ? 6 : 200)];
            if (random.Next(2) == 0 && live.Count + wanted.Length <= most)
            {
                Assert.Equal(wanted.Length, ranges.Allocate(wanted));
                Assert.All(wanted, address => Assert.True(live.Add(address), $"seed {seed}: handed out twice"));
            }
            else
            {
                var chosen = live.OrderBy(_ => random.Next()).Take(wanted.Length).ToArray();
                if (random.Next(2) == 0)
                    Array.Sort(chosen);
                ranges.Free(chosen);
                live.ExceptWith(chosen);
                // One of them again, or a null among good ones.
                if (chosen.Length > 0 && random.Next(4) == 0)
                    RefuseTheSecond(ranges, live, chosen[0]);
                ranges.Free([0, 0]);
            }
            if (random.Next(10) == 0)
                ranges.Trim();
            Assert.True(live.Count == ranges.LiveCount, $"seed {seed}, step {step}: {live.Count}, {ranges.LiveCount}");
        }
        ranges.Free([.. live]);
        Assert.Equal(0, ranges.LiveCount);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_bad_address_is_named_by_its_index_and_those_before_it_are_freed(string kind)
    {
        using var ranges = Make(kind);
        var places = new nint[kind == "large" ? 8 : 100];
        Assert.Equal(places.Length, ranges.Allocate(places));
        for (var bad = 0; bad < 5; bad++)
        {
            nint[] range = [.. places[..bad], places[^1] + 1, .. places[bad..]];
            var failure = Assert.Throws<InvalidFreeException>(() => ranges.Free(range));
            Assert.Equal((bad, (nuint)places[^1] + 1), (failure.Index, failure.Address));
            Assert.Contains($"index {bad} ", failure.Message);
            Assert.Equal(places.Length - bad, ranges.LiveCount);
            Assert.Equal(bad, ranges.Allocate(places.AsSpan(0, bad)));
        }
        // The range has one address twice.
        Assert.Equal(2, Assert.Throws<InvalidFreeException>(
            () => ranges.Free([places[0], places[1], places[0], places[2]])).Index);
        ranges.Free(places.AsSpan(2));
        Assert.Equal(0, ranges.LiveCount);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_run_ends_at_what_is_free_already(string kind)
    {
        if (kind == "large")
            return;
        using var ranges = Make(kind);
        var places = new nint[200];
        for (var free = 0; free < 40; free += 3)
        {
            Assert.Equal(places.Length, ranges.Allocate(places));
            Array.Sort(places);
            ranges.Free(places.AsSpan(free, 1));
            // In order, from the end, and with one that comes again within the same word.
            var range = (free % 2 == 0 ? places : places.Reverse()).ToArray();
            var index = Array.IndexOf(range, places[free]);
            Assert.Equal(index, Assert.Throws<InvalidFreeException>(() => ranges.Free(range)).Index);
            Assert.Equal(range.Length - 1 - index, ranges.LiveCount);
            nint[] again = [.. range[(index + 1)..], range[index + 1]];
            Assert.Equal(
                again.Length - 1, Assert.Throws<InvalidFreeException>(() => ranges.Free(again)).Index);
            Assert.Equal(0, ranges.LiveCount);
        }
    }

    [Theory]
    [InlineData("shared heap")]
    [InlineData("shared pool")]
    public void Threads_free_each_others_ranges(string kind)
    {
        const int rounds = 400;
        const int count = 300;
        using var ranges = Make(kind);
        var handed = new System.Collections.Concurrent.BlockingCollection<nint[]>[] { new(8), new(8) };
        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, 2).Select(number => new Thread(() =>
        {
            try
            {
                for (var round = 0; round < rounds; round++)
                {
                    var mine = new nint[count];
                    Assert.Equal(count, ranges.Allocate(mine));
                    Array.ForEach(mine, Mark);
                    // Half of it goes to the other thread, in whatever order.
                    handed[number].Add([.. mine.Where((_, i) => i % 2 == 0)]);
                    ranges.Free([.. mine.Where((_, i) => i % 2 == 1)]);
                    ranges.Free(handed[1 - number].Take());
                }
            }
            catch (Exception failure)
            {
                failures.Enqueue(failure);
                handed[number].Add([]);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Empty(failures);
        Assert.Equal(0, ranges.LiveCount);

        static unsafe void Mark(nint address) => *(nint*)address = address;
    }

    [Theory]
    [InlineData("full pool")]
    [InlineData("full shared pool")]
    public void Fewer_come_only_when_out_of_memory(string kind)
    {
        using var ranges = Make(kind);
        var places = new nint[700];
        Assert.Equal(500, ranges.Allocate(places));
        Assert.Equal(0, places[500]);
        Assert.Equal(0, ranges.Allocate(places.AsSpan(500)));
        ranges.Free(places);
        Assert.Equal(0, ranges.LiveCount);
    }

    [Fact]
    public void Every_slot_of_a_range_is_notified_to_an_observer()
    {
        using var pool = new Pool<Line64>(_arena);
        var observer = new Observation.RecordingObserver();
        _arena.Attach(observer);
        var slots = new nint[100];
        pool.AllocateRange(slots);
        Assert.Equal(100, observer.Told.Count);
        pool.FreeRange(slots);
        Assert.Equal(200, observer.Told.Count);
        _arena.Detach(observer);
    }

    [Fact]
    public void Ranges_make_no_garbage()
    {
        using var pool = new Pool<Line64>(_arena);
        using var heap = new Heap(_arena);
        var places = new nint[1_000];
        Assert.Equal(0, Garbage.Of(() =>
        {
            pool.AllocateRange(places);
            pool.FreeRange(places);
            heap.AllocateRange(100, places);
            heap.FreeRange(places);
        }));
    }

    [Fact]
    public void After_dispose_a_range_is_refused_even_if_it_is_empty()
    {
        foreach (string kind in new[] { "pool", "heap", "shared heap", "shared pool" })
        {
            var ranges = Make(kind);
            ranges.Dispose();
            Assert.Throws<ObjectDisposedException>(() => ranges.Allocate([]));
            Assert.Throws<ObjectDisposedException>(() => ranges.Free([]));
        }
    }

    private static void RefuseTheSecond(Ranges ranges, HashSet<nint> live, nint dead)
    {
        nint[] range = [.. live.Take(9), dead];
        Assert.Equal(range.Length - 1, Assert.Throws<InvalidFreeException>(() => ranges.Free(range)).Index);
        live.ExceptWith(range);
    }

    private Ranges Make(string kind) => kind switch
    {
        "pool" => Of(new Pool<Line64>(_arena)),
        "small pool" => Of(new Pool<Inode>(_arena, new PoolOptions { SlabBytes = 8192 })),
        "wide pool" => Of(new Pool<Inode>(_arena, new PoolOptions { Alignment = 256 })),
        "full pool" => Of(new Pool<Inode>(_arena, new PoolOptions { MaximumSlots = 500 })),
        "heap" => Of(new Heap(_arena), 100),
        "large" => Of(new Heap(_arena), 300_000),
        "shared heap" => Of(new SharedHeap(_arena), 48),
        "shared pool" => Of(new SharedPool<Inode>(_arena)),
        _ => Of(new SharedPool<Line64>(_arena, new PoolOptions { MaximumSlots = 500 })),
    };

    private static Ranges Of<T>(Pool<T> pool)
        where T : unmanaged =>
        new(s => pool.AllocateRange(s), pool.FreeRange, () => pool.LiveCount, () => pool.Trim(), pool);

    private static Ranges Of<T>(SharedPool<T> pool)
        where T : unmanaged =>
        new(s => pool.AllocateRange(s), pool.FreeRange, () => pool.LiveCount, () => pool.Trim(), pool);

    private static Ranges Of(Heap heap, nuint byteCount) =>
        new(s => heap.AllocateRange(byteCount, s), heap.FreeRange, () => heap.LiveCount, () => heap.Trim(), heap);

    private static Ranges Of(SharedHeap heap, nuint byteCount) =>
        new(s => heap.AllocateRange(byteCount, s), heap.FreeRange, () => heap.LiveCount, () => heap.Trim(), heap);

    private delegate int AllocateRange(Span<nint> addresses);

    private delegate void FreeRange(ReadOnlySpan<nint> addresses);

    private sealed class Ranges(
        AllocateRange allocate, FreeRange free, Func<int> liveCount, Func<nuint> trim, IDisposable allocator)
        : IDisposable
    {
        public int LiveCount => liveCount();

        public int Allocate(Span<nint> addresses) => allocate(addresses);

        public void Free(ReadOnlySpan<nint> addresses) => free(addresses);

        public void Trim() => trim();

        public void Dispose() => allocator.Dispose();
    }
}
