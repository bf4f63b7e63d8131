using System.Runtime.InteropServices;
using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Pools;

/// <summary>Slots that were used up, and elements so large that a slab holds one.</summary>
public sealed unsafe class WornSlotTests : IDisposable
{
    private readonly PageArena _arena = new("worn");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void One_worn_slot_does_not_wear_out_the_others()
    {
        using var map = new HandleMap<long>(_arena);
        var handle = map.Allocate(1);
        Assert.True(map.TryGet(handle, out var value));
        // This makes it look as if it had been used two thousand million times.
        var slot = (HandleSlot<long>*)((byte*)value - Marshal.OffsetOf<Slot>(nameof(Slot.Value)));
        Assert.Equal(1, slot->Value);
        slot->Generation = uint.MaxValue - 8;
        handle = new Handle<long>(handle.Index, slot->Generation);
        Assert.True(map.Free(handle));
        map.Trim();
        for (var round = 0; round < 200_000; round++)
            Assert.True(map.Free(map.Allocate(round)));
        Assert.InRange(map.RetiredCount, 0, 256);
        map.Trim();
        var before = map.RetiredCount;
        for (var round = 0; round < 200_000; round++)
            Assert.True(map.Free(map.Allocate(round)));
        Assert.InRange(map.RetiredCount, 0, before + 256);
    }

    [Fact]
    public void A_slot_is_as_large_however_many_addresses_an_arena_has()
    {
        using var small = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = 16 << 20 });
        using var large = new PageArena(
            new PageArenaOptions { Name = "large", ReserveBytes = unchecked((nuint)(1UL << 40)) });
        using var first = new HandleMap<int>(small);
        using var second = new HandleMap<int>(large);
        Assert.Equal((8, 8), (first.Layout.StrideBytes, second.Layout.StrideBytes));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-8)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(1 << 17)]
    [InlineData(int.MinValue)]
    public void An_alignment_that_is_none_is_refused_by_name(int alignment)
    {
        var options = new PoolOptions { Name = "odd", Alignment = alignment };
        Func<object>[] makers =
        [
            () => new Pool<long>(_arena, options), () => new SharedPool<long>(_arena, options),
            () => new HandleMap<long>(_arena, options), () => new DenseHandleMap<long>(_arena, options),
        ];
        foreach (var make in makers)
        {
            var message = Assert.ThrowsAny<ArgumentException>(make).Message;
            Assert.Contains("'odd'", message);
            Assert.Contains(alignment.ToString(System.Globalization.CultureInfo.InvariantCulture), message);
        }
    }

    [Fact]
    public void An_element_of_megabytes_takes_storage_for_one()
    {
        using var pool = new Pool<FiveMegabytes>(_arena);
        var before = _arena.CommittedBytes;
        var first = pool.Allocate();
        Assert.InRange(_arena.CommittedBytes - before, 5_000_000u, (nuint)6_000_000);
        var second = pool.Allocate();
        Assert.InRange(_arena.CommittedBytes - before, 10_000_000u, (nuint)12_000_000);
        *(byte*)first = 1;
        ((byte*)second)[sizeof(FiveMegabytes) - 1] = 2;
        pool.Free(first);
        Assert.Throws<InvalidFreeException>(() => pool.Free(first));
        pool.Free(second);
        Assert.Equal(0, pool.LiveCount);
    }

    [Fact]
    public void A_reservation_of_a_shared_pool_is_in_all_and_not_more()
    {
        using var pool = new SharedPool<Line64>(_arena);
        pool.Reserve(10_000);
        var committed = pool.CommittedBytes;
        pool.Reserve(10_000);
        Assert.Equal(committed, pool.CommittedBytes);
        Assert.InRange(pool.SlotCount, 10_000, 20_000);
        var slots = new nint[10_000];
        Assert.Equal(slots.Length, pool.AllocateRange(slots));
        pool.Reserve(10_000);
        Assert.Equal(committed, pool.CommittedBytes);
        pool.FreeRange(slots);
    }

    [Fact]
    public void A_full_shared_pool_never_refuses_while_fewer_than_its_maximum_are_taken()
    {
        const int Threads = 4;
        using var pool = new SharedPool<long>(_arena, new PoolOptions { MaximumSlots = Threads });
        // Each thread has at most one slot, so that one is always free for it, however often others are refused.
        var refused = 0;
        ThreadCrew.Run(Threads, _ =>
        {
            for (var round = 0; round < 20_000; round++)
            {
                if (pool.TryAllocate(out var slot))
                    pool.Free(slot);
                else
                    Interlocked.Increment(ref refused);
            }
        });
        Assert.Equal(0, refused);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Slot
    {
        public uint Generation;
        public long Value;
    }

    [StructLayout(LayoutKind.Sequential, Size = 5_000_000)]
    private struct FiveMegabytes
    {
        public byte First;
    }
}
