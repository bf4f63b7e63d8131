using Arena.Pools;

namespace Arena.Tests.Observation;

/// <summary>Every allocator shows its memory as it is: blocks of its own, live allocations in them in order.</summary>
public sealed unsafe class WalkTests : IDisposable
{
    private readonly PageArena _arena = new("walked");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void A_pool_shows_slabs_and_slots_in_address_order()
    {
        using var pool = new Pool<Wide>(_arena, new PoolOptions { SlabBytes = 8192 });
        var expected = Churn(() => (nint)pool.Allocate(), slot => pool.Free((Wide*)slot), 1_000);
        var seen = Visit(pool);
        Assert.Equal(expected, seen.Live.Keys);
        Assert.All(seen.Live.Values, bytes => Assert.Equal((nuint)96, bytes));
        Assert.Equal(pool.SlabCount, seen.Blocks.Count);
        Assert.All(seen.Blocks, block => Assert.Equal(((nuint)8192, (nuint)96), (block.ByteCount, block.SlotBytes)));
        Assert.Equal((nuint)pool.SlotCount * 96, (nuint)seen.Blocks.Sum(block => (long)block.CapacityBytes));
    }

    [Fact]
    public void A_handle_map_shows_its_values_slots()
    {
        using var map = new HandleMap<Wide>(_arena);
        var handles = Enumerable.Range(0, 300).Select(_ => map.Allocate(default)).ToList();
        foreach (var handle in handles.Where((_, i) => i % 3 == 0))
            map.Free(handle);
        var seen = Visit(_arena.Allocators()[0]);
        Assert.Equal(map.LiveCount, seen.Live.Count);
    }

    [Fact]
    public void A_heap_shows_blocks_and_allocations_of_all_sizes()
    {
        using var heap = new Heap(_arena);
        var random = new Random(2);
        var expected = Churn(
            () => (nint)heap.Allocate((nuint)(1 << random.Next(20)) + (nuint)random.Next(100)),
            address => heap.Free((void*)address), 2_000);
        var seen = Visit(heap);
        Assert.Equal(expected, seen.Live.Keys);
        Assert.All(seen.Live, pair => Assert.Equal(heap.UsableBytes((void*)pair.Key), pair.Value));
        Assert.Equal(heap.CommittedBytes, StorageOf(seen.Blocks));
    }

    [Fact]
    public void A_buddy_shows_its_regions_and_its_table()
    {
        using var buddy = new BuddyAllocator(_arena, 1 << 20);
        var random = new Random(3);
        var expected = Churn(
            () => (nint)buddy.Allocate((nuint)random.Next(1, 2_000)), region => buddy.Free((void*)region), 500);
        var seen = Visit(buddy);
        Assert.Equal(expected, seen.Live.Keys);
        Assert.Equal(buddy.LiveBytes, (nuint)seen.Live.Values.Sum(bytes => (long)bytes));
        Assert.Equal([0u, 1u << 20], seen.Blocks.Select(block => (uint)block.CapacityBytes));
    }

    [Fact]
    public void Frame_memory_shows_what_the_present_frame_uses()
    {
        using var frames = new FrameAllocator(_arena, 4000, buffers: 2);
        frames.Allocate(1000);
        Assert.Equal([(nuint)1000], Visit(frames).Live.Values);
        frames.Allocate(20_000);
        var seen = Visit(frames);
        Assert.Equal(2, seen.Live.Count);
        Assert.Equal(frames.UsedBytes, (nuint)seen.Live.Values.Sum(bytes => (long)bytes));
        Assert.Equal(3, seen.Blocks.Count);
        frames.NextFrame();
        Assert.Empty(Visit(frames).Live);
    }

    [Fact]
    public void The_arena_shows_the_blocks_of_its_user_alone()
    {
        using var pool = new Pool<Wide>(_arena);
        pool.Allocate();
        var blocks = new[] { _arena.Allocate(1), _arena.Allocate(100_000), _arena.Allocate(1) };
        _arena.Free(blocks[0]);
        var seen = Visit(_arena.Allocators()[^1]);
        Assert.Equal(blocks[1..].Select(block => (nint)block.Address).Order(), seen.Live.Keys);
        Assert.Equal(seen.Live.Values, seen.Blocks.Select(block => block.ByteCount));
        _arena.Free(blocks[1]);
        _arena.Free(blocks[2]);
    }

    [Fact]
    public void All_blocks_together_are_what_the_arena_lends_and_none_overlap()
    {
        using var pool = new Pool<Wide>(_arena);
        using var heap = new Heap(_arena);
        using var buddy = new BuddyAllocator(_arena, 100_000);
        using var frames = new FrameAllocator(_arena);
        for (var i = 0; i < 1_000; i++)
        {
            pool.Allocate();
            heap.Allocate((nuint)i * 10);
        }
        var block = _arena.Allocate(5000);
        var blocks = _arena.Allocators().SelectMany(a => Visit(a).Blocks).OrderBy(b => b.Address).ToArray();
        Assert.Equal(_arena.LentBytes, StorageOf(blocks));
        for (var i = 1; i < blocks.Length; i++)
            Assert.True(blocks[i - 1].Address + blocks[i - 1].ByteCount <= blocks[i].Address);

        nuint committed = 0;
        for (nuint from = 0; _arena.NextCommitted(from, out var address, out var byteCount);)
        {
            committed += byteCount;
            from = address + byteCount - (nuint)_arena.Base;
        }
        Assert.InRange(committed, _arena.LentBytes, _arena.CommittedBytes);
        _arena.Free(block);
    }

    [Fact]
    public void A_walk_makes_no_garbage()
    {
        using var heap = new Heap(_arena);
        using var pool = new Pool<Wide>(_arena);
        for (var i = 0; i < 1_000; i++)
        {
            heap.Allocate(100);
            pool.Allocate();
        }
        var counter = new Counter();
        Assert.Equal(0, Garbage.Of(() =>
        {
            heap.Walk(counter);
            pool.Walk(counter);
        }));
        Assert.Equal(0, counter.Count % 2_000);
    }

    // Bytes of the blocks that have storage.
    private nuint StorageOf(IEnumerable<BlockPicture> blocks)
    {
        nuint bytes = 0;
        for (nuint from = 0; _arena.NextCommitted(from, out var address, out var byteCount);)
        {
            from = address + byteCount - (nuint)_arena.Base;
            foreach (var block in blocks)
            {
                var start = Math.Max(block.Address, address);
                var end = Math.Min(block.Address + block.ByteCount, address + byteCount);
                bytes += end > start ? end - start : 0;
            }
        }
        return bytes;
    }

    // Returns the sorted addresses of live allocations after some coming and going.
    private static nint[] Churn(Func<nint> allocate, Action<nint> free, int count)
    {
        var random = new Random(1);
        var live = new List<nint>();
        for (var i = 0; i < 2 * count; i++)
        {
            if (live.Count == 0 || random.Next(3) != 0)
            {
                live.Add(allocate());
                continue;
            }
            var at = random.Next(live.Count);
            free(live[at]);
            live.RemoveAt(at);
        }
        live.Sort();
        return [.. live];
    }

    private static Seen Visit(Allocator allocator)
    {
        var seen = new Seen();
        allocator.Walk(seen);
        return seen;
    }

    private sealed class Seen : IMemoryVisitor
    {
        private nuint _last;

        public List<BlockPicture> Blocks { get; } = [];

        public SortedDictionary<nint, nuint> Live { get; } = [];

        void IMemoryVisitor.Block(in BlockPicture block)
        {
            Blocks.Add(block);
            _last = 0;
        }

        void IMemoryVisitor.Live(nuint address, nuint byteCount)
        {
            var block = Blocks[^1];
            Assert.True(address >= block.Address && address + byteCount <= block.Address + block.ByteCount, "outside");
            Assert.True(address >= _last, "out of order");
            _last = address + byteCount;
            Live.Add((nint)address, byteCount);
        }
    }

    private sealed class Counter : IMemoryVisitor
    {
        public int Count { get; private set; }

        void IMemoryVisitor.Block(in BlockPicture block)
        {
        }

        void IMemoryVisitor.Live(nuint address, nuint byteCount) => Count++;
    }

    private struct Wide
    {
        public fixed byte Bytes[96];
    }
}
