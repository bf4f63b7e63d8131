using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>Checksums and differences are of what lives, wherever the arena is.</summary>
public sealed unsafe class HistoryDifferenceTests : IDisposable
{
    private readonly PageArena _arena = new("sim") { IgnoreLeaks = true };
    private readonly ArenaHistory _history;

    public HistoryDifferenceTests() => _history = ArenaHistory.Attach(_arena, 8);

    public void Dispose()
    {
        _history.Dispose();
        _arena.Dispose();
    }

    [Fact]
    public void A_byte_that_changed_is_named_by_allocator_place_and_offset()
    {
        var pool = new Pool<Body>(_arena, new PoolOptions { Name = "bodies" });
        var map = new HandleMap<Body>(_arena, new PoolOptions { Name = "units" });
        var dense = new DenseHandleMap<Body>(_arena, new PoolOptions { Name = "shots" });
        var heap = new Heap(_arena, "names");
        var body = pool.Allocate();
        *body = default;
        var handle = map.Allocate(default);
        dense.Allocate(default);
        dense.Allocate(default);
        var text = (byte*)heap.Allocate(100_000);
        new Span<byte>(text, 100_000).Clear();
        _history.Save(0);
        body->X = 0;
        body->Health = 1;
        _history.Save(1);
        map[handle].Y = 256;
        _history.Save(2);
        dense.AsSpan()[1].Health = 3;
        _history.Save(3);
        new Span<byte>(text + 4000, 5000).Fill(1);
        _history.Save(4);

        map.TryGet(handle, out var unit);
        fixed (Body* shots = dense.AsSpan())
        {
            AssertOne(0, 1, "bodies", (nuint)body, 16, 1);
            AssertOne(1, 2, "units", (nuint)unit, 9, 1);
            AssertOne(3, 2, "shots", (nuint)(shots + 1), 16, 1);
        }
        AssertOne(3, 4, "names", (nuint)text, 4000, 5000);
        Assert.Empty(_history.Difference(2, 2));
        Assert.Equal(4, _history.Difference(0, 4).Count);
        Assert.Equal(1, body->Health);
    }

    [Fact]
    public void What_lives_in_one_frame_only_is_named_whole()
    {
        var heap = new Heap(_arena, "names");
        _history.Save(0);
        var text = heap.Allocate(64);
        *(int*)text = 7;
        _history.Save(1);
        heap.Free(text);
        heap.Dispose();
        var difference = Assert.Single(_history.Difference(0, 1));
        Assert.Equal(((nuint)text, 64u, false, true),
            (difference.Address, difference.ByteCount, difference.IsInFirst, difference.IsInSecond));
        Assert.True(heap.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => heap.LiveCount);
    }

    [Fact]
    public void Free_memory_is_in_no_checksum_and_in_no_difference()
    {
        var pool = new Pool<Body>(_arena);
        var body = pool.Allocate();
        *body = default;
        _history.Save(0);
        var other = pool.Allocate();
        other->Health = 8;
        pool.Free(other);
        _history.Save(1);
        Assert.Equal(_history.Checksum(0), _history.Checksum(1));
        Assert.Empty(_history.Difference(0, 1));
        body->Health++;
        _history.Save(2);
        Assert.NotEqual(_history.Checksum(0), _history.Checksum(2));
    }

    [Fact]
    public void Two_arenas_that_did_the_same_agree_though_pointers_differ()
    {
        using var other = new PageArena("sim") { IgnoreLeaks = true };
        using var history = ArenaHistory.Attach(other, 8);
        Assert.Equal(Play(_arena, _history, 1), Play(other, history, 1));
        using var third = new PageArena("sim") { IgnoreLeaks = true };
        using var strict = ArenaHistory.Attach(third, 8, new ArenaHistoryOptions { ComparesAddresses = true });
        Assert.NotEqual(_history.Checksum(0), Play(third, strict, 1));

        static ulong Play(PageArena arena, ArenaHistory history, int seed)
        {
            var heap = new Heap(arena);
            nuint* previous = null;
            var random = new Random(seed);
            for (var i = 0; i < 1000; i++)
            {
                var link = (nuint*)heap.Allocate(32);
                new Span<byte>(link, 32).Clear();
                link[0] = (nuint)previous;
                link[1] = (nuint)random.Next();
                previous = link;
            }
            history.Save(0);
            return history.Checksum(0);
        }
    }

    private void AssertOne(
        long a, long b, string allocator, nuint address, nuint offset, nuint byteCount)
    {
        var difference = Assert.Single(_history.Difference(a, b));
        Assert.Equal((allocator, address, offset, byteCount),
            (difference.Allocator, difference.Address, difference.Offset, difference.ByteCount));
    }

    private struct Body
    {
        public long X;
        public long Y;
        public int Health;
    }
}
