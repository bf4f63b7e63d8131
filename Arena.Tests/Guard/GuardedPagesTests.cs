using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Guard;

/// <summary>Allocations with pages of their own: all of them, or a sample.</summary>
public sealed unsafe class GuardedPagesTests
{
    private static readonly nuint Page = PageArena.PageBytes;

    public static TheoryData<string> OfAnySize => ["heap", "shared heap", "buddy"];

    [LinuxTheory]
    [MemberData(nameof(OfAnySize))]
    public void The_page_behind_an_allocation_is_inaccessible_and_all_of_it_once_it_is_freed(string kind)
    {
        using var arena = Arena(new GuardOptions { GuardedPages = true, SampleEvery = 0 });
        var heap = Make(kind, arena);
        foreach (var byteCount in new nuint[] { 1, 16, 100, 4_095, 4_096, 4_097, 60_000 })
        {
            foreach (var alignment in new nuint[] { 16, 64, 4_096 })
            {
                var address = (byte*)heap.Allocate(byteCount, alignment, "Ship.cs", 41, "Fire");
                Assert.Equal(0u, (nuint)address % alignment);
                new Span<byte>(address, (int)byteCount).Fill(7);
                Assert.Equal(byteCount, heap.UsableBytes(address));
                // An overrun faults, at the latest where the alignment ends.
                Assert.False(OsContract.IsTouchable(address + Align.Up(byteCount, alignment)));
                var resized = (byte*)heap.Reallocate(address, byteCount + 1);
                Assert.False(OsContract.IsTouchable(address));
                Assert.Equal(7, resized[byteCount - 1]);
                heap.Free(resized);
                Assert.False(OsContract.IsTouchable(resized));
                var refused = Assert.Throws<InvalidFreeException>(() => heap.Free(address));
                Assert.Contains("Ship.cs:41 (Fire)", refused.Message, StringComparison.Ordinal);
            }
        }
        arena.Verify();
        // The memory is as any other once it is given back.
        heap.Dispose();
        var block = arena.Allocate(32 << 20);
        block.AsSpan().Fill(1);
    }

    [LinuxFact]
    public void What_lies_between_the_end_and_the_page_is_verified_when_it_is_freed()
    {
        using var arena = Arena(new GuardOptions { GuardedPages = true, SampleEvery = 0 });
        using var heap = new Heap(arena);
        var address = (byte*)heap.Allocate(20, 16, "Ship.cs", 41, "Fire");
        address[20] ^= 1;
        Assert.Equal(
            "Ship.cs:41 (Fire)", Assert.Throws<MemoryCorruptionException>(() => heap.Free(address)).AllocatedAt);
        address = (byte*)heap.Allocate(20);
        address[-1] ^= 1;
        Assert.Throws<MemoryCorruptionException>(() => heap.Free(address));
    }

    [LinuxTheory]
    [MemberData(nameof(OfAnySize))]
    public void A_sample_of_one_in_N_has_pages_of_its_own(string kind)
    {
        using var arena = Arena(new GuardOptions { SampleEvery = 50 });
        var heap = Make(kind, arena);
        var sampled = 0;
        List<nint> live = [];
        for (var i = 0; i < 20_000; i++)
        {
            var address = (byte*)heap.Allocate(64);
            new Span<byte>(address, 64).Fill((byte)i);
            live.Add((nint)address);
            if (heap.Guard!.TryFind((nuint)address, out _))
            {
                sampled++;
                Assert.False(OsContract.IsTouchable(address + 64));
            }
            if (live.Count < 100)
                continue;
            var index = i % live.Count;
            heap.Free((void*)live[index]);
            live.RemoveAt(index);
        }
        Assert.InRange(sampled, 300, 520);
        Assert.Equal(live.Count, (int)arena.CountLiveOf(heap));
        foreach (var address in live)
            heap.Free((void*)address);
        Assert.Equal(0, arena.CountLiveOf(heap));
        arena.Verify();
    }

    [LinuxFact]
    public void A_guard_comes_and_goes_while_the_arena_is_in_use()
    {
        using var arena = new PageArena("late");
        using var heap = new Heap(arena);
        using var pool = new Pool<long>(arena);
        using var buddy = new BuddyAllocator(arena, 1 << 20);
        var (before, slot, region) = ((nint)heap.Allocate(64), (nint)pool.Allocate(), (nint)buddy.Allocate(64));
        arena.AttachGuard(new GuardOptions { Poison = true, RedZoneBytes = 16, QuarantineBytes = 1 << 20 });
        Assert.Throws<InvalidOperationException>(() => arena.AttachGuard(new GuardOptions { Poison = true }));
        var zoned = (byte*)heap.Allocate(64, 16, "Ship.cs", 41, "Fire");
        heap.Free((void*)before);
        pool.Free((long*)slot);
        buddy.Free((void*)region);
        Assert.Throws<InvalidFreeException>(() => pool.Free((long*)slot));
        *(byte*)before ^= 1;
        Assert.Throws<MemoryCorruptionException>(arena.Verify);
        *(byte*)before ^= 1;
        arena.DetachGuard();
        arena.DetachGuard();
        Assert.False(heap.IsObserved);
        Assert.Throws<InvalidOperationException>(() => arena.AttachGuard(new GuardOptions { Poison = true }));
        Assert.Equal((1, 0, 0), (heap.LiveCount, pool.LiveCount, buddy.LiveCount));
        // It has its red zones until it is freed.
        zoned[64] ^= 1;
        Assert.Equal(
            "Ship.cs:41 (Fire)", Assert.Throws<MemoryCorruptionException>(() => heap.Free(zoned)).AllocatedAt);
        heap.Free(heap.Allocate(64));
        pool.Free(pool.Allocate());
        arena.DetachGuard();
    }

    private static GeneralAllocator Make(string kind, PageArena arena) => kind switch
    {
        "heap" => new Heap(arena),
        "shared heap" => new SharedHeap(arena),
        _ => new BuddyAllocator(arena, 1 << 26),
    };

    private static PageArena Arena(GuardOptions guard) =>
        new(new PageArenaOptions { Name = "guarded", Guard = guard });
}

internal static class LiveCounts
{
    public static long CountLiveOf(this PageArena arena, Allocator allocator)
    {
        Assert.Same(arena, allocator.Arena);
        return allocator.CountLive().Count;
    }
}
