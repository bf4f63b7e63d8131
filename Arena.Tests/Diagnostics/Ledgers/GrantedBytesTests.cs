using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Ledgers;

/// <summary>
/// A veto is asked for exactly the bytes that the allocation is charged with, so a ceiling holds to the byte.
/// </summary>
public sealed unsafe class GrantedBytesTests
{
    private const int Steps = 4000;

    [Theory]
    [InlineData("pool", 1)]
    [InlineData("map", 2)]
    [InlineData("shared pool", 3)]
    [InlineData("heap", 4)]
    [InlineData("shared heap", 5)]
    [InlineData("buddy", 6)]
    [InlineData("arena", 7)]
    [InlineData("small heap", 8)]
    [InlineData("small shared heap", 9)]
    public void No_more_is_ever_alive_than_the_veto_allows(string kind, int seed)
    {
        var isSmall = kind.StartsWith("small", StringComparison.Ordinal);
        using var arena = new PageArena(new PageArenaOptions { ReserveBytes = isSmall ? 2u << 20 : 1u << 30 });
        var ledger = new Ledger(isSmall ? 1_100_000 : 400_000);
        var user = Make(kind, arena, new Random(seed));
        arena.Attach(ledger);
        for (var step = 0; step < Steps; step++)
        {
            user.Step();
            Assert.True(
                ledger.AliveBytes <= ledger.CeilingBytes, $"{kind}, seed {seed}, step {step}: {ledger.AliveBytes}");
            Assert.True(
                ledger.UnaskedBytes == 0, $"{kind}, seed {seed}, step {step}: {ledger.UnaskedBytes} not asked for");
        }
        Assert.True(ledger.Refusals > 0 || isSmall, $"{kind}, seed {seed}: the ceiling was never met");
        user.FreeAll();
        Assert.Equal(0, ledger.AliveBytes);
    }

    [Fact]
    public void A_hard_budget_counts_the_power_of_two_and_the_pages_that_a_request_takes()
    {
        using var arena = new PageArena("game");
        using var buddy = new BuddyAllocator(arena, 1 << 22) { Tag = "level" };
        using var tracker = LeakTracker.Attach(arena);
        tracker.SetBudget("level", new MemoryBudget { HardBytes = 1_600_000 });
        tracker.SetBudget("pages", new MemoryBudget { HardBytes = 2 * PageArena.PageBytes + 1000 });
        Assert.True(buddy.TryAllocate(524_289, 0, out _));
        Assert.False(buddy.TryAllocate(524_289, 0, out _));
        Assert.True(buddy.TryAllocate(524_288, 0, out _));
        using (MemoryTag.Begin("pages"))
        {
            Assert.True(arena.TryAllocate(1, 0, out _));
            Assert.True(arena.TryAllocate(1, 0, out _));
            Assert.False(arena.TryAllocate(1, 0, out _));
        }
    }

    [Fact]
    public void A_resize_that_grants_no_more_bytes_asks_nothing()
    {
        using var arena = new PageArena("game");
        var ledger = new Ledger(1 << 20);
        using var heap = new Heap(arena);
        using var buddy = new BuddyAllocator(arena, 1 << 20);
        arena.Attach(ledger);
        var small = heap.Allocate(65);
        var region = buddy.Allocate(65);
        var asked = ledger.Questions;
        Assert.True(heap.Reallocate(small, 80) == small);
        Assert.True(buddy.Reallocate(region, 128) == region);
        Assert.Equal(asked, ledger.Questions);
    }

    private static User Make(string kind, PageArena arena, Random random)
    {
        switch (kind)
        {
            case "pool":
                var pool = new Pool<Wide>(arena, new PoolOptions { Alignment = 64 });
                return new User(
                    random, _ => pool.TryAllocate(out var slot) ? (nint)slot : 0, at => pool.Free((Wide*)at));
            case "map":
                var map = new HandleMap<Wide>(arena);
                Dictionary<nint, Handle<Wide>> handles = [];
                return new User(
                    random,
                    _ => map.TryAllocate(default, out var handle) && map.TryGet(handle, out var value)
                        && handles.TryAdd((nint)value, handle) ? (nint)value : 0,
                    at =>
                    {
                        map.Free(handles[at]);
                        handles.Remove(at);
                    });
            case "shared pool":
                var shared = new SharedPool<Wide>(arena);
                return new User(
                    random, _ => shared.TryAllocate(out var slot) ? (nint)slot : 0, at => shared.Free((Wide*)at));
            case "heap" or "small heap":
                var heap = new Heap(arena);
                return new User(
                    random, size => heap.TryAllocate(size, AnAlignment(random), out var at) ? (nint)at : 0,
                    at => heap.Free((void*)at), (at, size) => (nint)heap.Reallocate((void*)at, size));
            case "shared heap" or "small shared heap":
                var many = new SharedHeap(arena);
                return new User(
                    random, size => many.TryAllocate(size, AnAlignment(random), out var at) ? (nint)at : 0,
                    at => many.Free((void*)at), (at, size) => (nint)many.Reallocate((void*)at, size));
            case "buddy":
                var buddy = new BuddyAllocator(arena, 1 << 23);
                return new User(
                    random, size => buddy.TryAllocate(size, AnAlignment(random), out var at) ? (nint)at : 0,
                    at => buddy.Free((void*)at), (at, size) => (nint)buddy.Reallocate((void*)at, size));
            default:
                Dictionary<nint, Block> blocks = [];
                return new User(
                    random,
                    size => arena.TryAllocate(size, AnAlignment(random), out var block)
                        && blocks.TryAdd((nint)block.Address, block) ? (nint)block.Address : 0,
                    at =>
                    {
                        arena.Free(blocks[at]);
                        blocks.Remove(at);
                    });
        }
    }

    private static nuint AnAlignment(Random random) => (nuint)16 << random.Next(random.Next(10) == 0 ? 13 : 4);

    private struct Wide
    {
        public fixed byte Bytes[1000];
    }

    private sealed class User(
        Random random, Func<nuint, nint> allocate, Action<nint> free, Func<nint, nuint, nint>? reallocate = null)
    {
        private readonly List<nint> _live = [];

        public void Step()
        {
            var dice = random.Next(10);
            if (dice < 6 || _live.Count == 0)
            {
                if (allocate(ASize()) is var address and not 0)
                    _live.Add(address);
            }
            else if (dice < 8 && reallocate is not null)
            {
                Reallocate(random.Next(_live.Count));
            }
            else
            {
                Free(random.Next(_live.Count));
            }
        }

        public void FreeAll()
        {
            while (_live.Count > 0)
                Free(_live.Count - 1);
        }

        private nuint ASize() => (nuint)random.Next(1 << random.Next(1, random.Next(8) == 0 ? 20 : 14));

        private void Free(int at)
        {
            free(_live[at]);
            _live.RemoveAt(at);
        }

        private void Reallocate(int at)
        {
            try
            {
                _live[at] = reallocate!(_live[at], ASize());
            }
            catch (ArenaOutOfMemoryException)
            {
            }
        }
    }

    // Allows as many bytes as a ceiling, and remembers the last answer until it is used.
    private sealed class Ledger(long ceilingBytes) : IAllocationVeto
    {
        private long _granted;
        private long _freed;

        public long CeilingBytes => ceilingBytes;

        public long AliveBytes { get; private set; }

        public long UnaskedBytes { get; private set; }

        public int Refusals { get; private set; }

        public int Questions { get; private set; }

        public string? WhyRefused(Allocator allocator, nuint byteCount)
        {
            Questions++;
            if (AliveBytes + (long)byteCount <= ceilingBytes)
            {
                _granted = (long)byteCount;
                return null;
            }
            Refusals++;
            return "the ledger is full";
        }

        // A resize frees the old bytes first; only what comes on top is asked for.
        public void Allocated(in AllocationEvent allocation)
        {
            AliveBytes += (long)allocation.ByteCount;
            UnaskedBytes += Math.Max(0, (long)allocation.ByteCount - _freed - _granted);
            (_granted, _freed) = (0, 0);
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
            AliveBytes -= (long)byteCount;
            _freed = (long)byteCount;
        }

        public void Cleared(Allocator allocator) => AliveBytes = 0;
    }
}
