using Arena.Pools;
using Heap = Arena.Pools.Heap;

namespace Arena.Tests.Guard;

/// <summary>Guarded allocations that outlive the guard, beside those that are made without one.</summary>
public sealed unsafe class DetachedGuardTests : IDisposable
{
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void A_write_after_free_names_the_allocation_that_was_cut_out_of_an_older_one()
    {
        using var heap = new Heap(_arena);
        var older = (byte*)heap.Allocate(17_512);
        heap.Allocate(64);
        _arena.AttachGuard(new GuardOptions { Poison = true, RedZoneBytes = 16, QuarantineBytes = 1 << 16 });
        heap.FreeRange([(nint)older]);
        for (var i = 0; i < 200; i++)
            heap.Free(heap.Allocate(3000));
        heap.Trim();
        byte* young;
        var tries = 0;
        do
            young = (byte*)heap.Allocate(145, file: "Ship.cs", line: 41, member: "Fire");
        while ((young <= older || young >= older + 17_512) && ++tries < 20_000);
        Assert.InRange((nint)young, (nint)older, (nint)older + 17_512);
        heap.Free(young, "Ship.cs", 88, "Sink");
        young[5] = 1;
        var damage = Assert.Throws<MemoryCorruptionException>(_arena.Verify);
        Assert.Equal((nuint)young, damage.Address);
        Assert.Equal(("Ship.cs:41 (Fire)", "Ship.cs:88 (Sink)"), (damage.AllocatedAt, damage.FreedAt));
        young[5] = 0xDF;
        _arena.IgnoreLeaks = true;
    }

    // Some values have pages of their own, so the guard stays; the others are known by their slots alone.
    [Fact]
    public void Values_of_a_map_that_is_older_than_the_guard_are_freed_after_it()
    {
        using var map = new HandleMap<long>(_arena);
        _arena.AttachGuard(new GuardOptions { Poison = true, SampleEvery = 3 });
        var handles = new Handle<long>[100];
        for (var i = 0; i < handles.Length; i++)
            handles[i] = map.Allocate(i);
        _arena.DetachGuard();
        for (var i = 0; i < handles.Length; i++)
        {
            Assert.Equal(i, map[handles[i]]);
            Assert.True(map.Free(handles[i]));
            Assert.False(map.Free(handles[i]));
        }
        Assert.Equal(0, map.LiveCount);
        _arena.Verify();
    }

    [Theory]
    [InlineData("buddy")]
    [InlineData("heap")]
    [InlineData("shared heap")]
    public void An_empty_guarded_allocation_shares_its_address_with_no_other(string kind)
    {
        GeneralAllocator allocator = kind switch
        {
            "buddy" => new BuddyAllocator(_arena, 1 << 20),
            "heap" => new Heap(_arena),
            _ => new SharedHeap(_arena),
        };
        _arena.AttachGuard(new GuardOptions { QuarantineBytes = 16 << 10 });
        var empty = new List<nint>();
        for (var i = 0; i < 50; i++)
            empty.Add((nint)allocator.Allocate(0));
        _arena.DetachGuard();
        for (var i = 0; i < 500; i++)
            empty.Add((nint)allocator.Allocate(0));
        Assert.Equal(empty.Count, empty.Distinct().Count());
        foreach (var address in empty)
            allocator.Free((void*)address);
        allocator.Dispose();
    }
}
