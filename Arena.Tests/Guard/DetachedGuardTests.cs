using Arena.Pools;
using Heap = Arena.Pools.Heap;

namespace Arena.Tests.Guard;

/// <summary>Guarded allocations that outlive the guard, beside those that are made without one.</summary>
public sealed unsafe class DetachedGuardTests : IDisposable
{
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

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
