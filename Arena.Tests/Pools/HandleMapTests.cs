using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Pools;

public sealed unsafe class HandleMapTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly HandleMap<Line64> _map;

    public HandleMapTests() => _map = new HandleMap<Line64>(_arena, new PoolOptions { Name = "ships" });

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void A_handle_is_8_bytes_and_default_is_none()
    {
        Assert.Equal(8, sizeof(Handle<Line64>));
        Handle<Line64> none = default;
        Assert.True(none.IsNone);
        _map.Allocate(default);
        Assert.False(_map.TryGet(none, out _));
        Assert.False(_map.Free(none));
        Assert.Equal("Line64#none", none.ToString());
    }

    [Fact]
    public void A_stale_handle_never_resolves_although_its_slot_is_used_again()
    {
        var first = _map.Allocate(new Line64 { First = 1 });
        _map.TryGet(first, out var place);
        Assert.True(_map.Free(first));
        var second = _map.Allocate(new Line64 { First = 2 });
        _map.TryGet(second, out var samePlace);
        Assert.True(place == samePlace);
        Assert.NotEqual(first, second);
        Assert.False(_map.TryGet(first, out var nothing));
        Assert.True(nothing == null);
        Assert.False(_map.Free(first));
        var error = Assert.Throws<InvalidOperationException>(() => _map[first].First);
        Assert.Contains("'ships'", error.Message, StringComparison.Ordinal);
        Assert.Contains(first.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Equal(2, _map[second].First);
    }

    [Fact]
    public void A_handle_stays_stale_when_its_slab_went_to_the_OS_and_came_back()
    {
        var stale = new HashSet<Handle<Line64>>();
        for (var round = 0; round < 20; round++)
        {
            var handles = Enumerable.Range(0, 2000).Select(i => _map.Allocate(new Line64 { First = i })).ToArray();
            Assert.All(handles, handle => Assert.True(stale.Add(handle), "a handle was given twice"));
            Assert.Equal(1999, _map[handles[^1]].First);
            _map.Clear();
            _map.Trim();
            Assert.Equal(0, _map.SlabCount);
            Assert.All(stale, handle => Assert.False(_map.TryGet(handle, out _)));
        }
    }

    [Fact]
    public void A_slot_whose_generation_would_repeat_is_retired()
    {
        var handle = _map.Allocate(new Line64 { First = 7 });
        _map.TryGet(handle, out var value);
        // The slot is in its last life: its generation is the largest odd number.
        ((HandleSlot<Line64>*)((byte*)value - 8))->Generation = uint.MaxValue;
        var last = new Handle<Line64>(handle.Index, uint.MaxValue);
        Assert.Equal(7, _map[last].First);
        Assert.True(_map.Free(last));
        Assert.False(_map.Free(last));
        Assert.False(_map.TryGet(last, out _));
        Assert.False(_map.TryGet(new Handle<Line64>(handle.Index, 0), out _));
        Assert.Equal((0, 1), (_map.LiveCount, _map.RetiredCount));
        for (var i = 0; i < 3000; i++)
        {
            _map.TryGet(_map.Allocate(default), out var other);
            Assert.True(other != value, "the retired slot was used again");
        }
        foreach (var entry in _map)
            Assert.NotEqual(handle.Index, entry.Handle.Index);
        _map.Clear();
        Assert.Equal((0, 1), (_map.LiveCount, _map.RetiredCount));
    }

    [Fact]
    public void A_retired_slot_is_no_leak()
    {
        var told = false;
        _arena.LeaksFound += _ => told = true;
        var handle = _map.Allocate(default);
        _map.TryGet(handle, out var value);
        ((HandleSlot<Line64>*)((byte*)value - 8))->Generation = uint.MaxValue;
        _map.Free(new Handle<Line64>(handle.Index, uint.MaxValue));
        _map.Dispose();
        Assert.False(told);
    }

    [Fact]
    public void Handles_of_another_map_are_refused()
    {
        using var other = new HandleMap<Line64>(_arena);
        using var farArena = new PageArena("far");
        using var far = new HandleMap<Line64>(farArena);
        for (var i = 0; i < 2000; i++)
        {
            var mine = _map.Allocate(default);
            Assert.False(other.TryGet(mine, out _));
            Assert.False(far.TryGet(mine, out _));
            Assert.False(_map.TryGet(other.Allocate(default), out _));
            Assert.False(_map.TryGet(far.Allocate(default), out _));
        }
        other.Clear();
        far.Clear();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16 << 10)]
    public void None_never_resolves_whatever_the_slab_holds(int slabBytes)
    {
        using var arena = new PageArena("only");
        using var map = new HandleMap<Line64>(arena, new PoolOptions { SlabBytes = slabBytes });
        Refused();
        // The arena's first word is the bitmap of its first slab; it passes through many values, and through zero.
        for (var i = 0; i < 1000; i++)
        {
            map.Allocate(default);
            _ = map.LiveCount;
            Refused();
        }
        map.Clear();
        Refused();

        void Refused()
        {
            Assert.False(map.TryGet(default, out _));
            Assert.False(map.Free(default));
            Assert.Throws<InvalidOperationException>(() => map[default].First);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16 << 10)]
    public void Handles_resolve_in_every_slab_and_around_holes_and_never_in_them(int slabBytes)
    {
        const int count = 60_000;
        using var map = new HandleMap<Line64>(_arena, new PoolOptions { SlabBytes = slabBytes });
        var handles = Enumerable.Range(0, count).Select(i => map.Allocate(new Line64 { First = i })).ToArray();
        for (var i = 0; i < count; i++)
            Assert.Equal(i, map[handles[i]].First);
        var keeps = Enumerable.Range(0, count).Where(i => i % 15_000 == 7_000).ToHashSet();
        for (var i = 0; i < count; i++)
        {
            if (!keeps.Contains(i))
                Assert.True(map.Free(handles[i]));
        }
        Assert.True(map.Trim() + _arena.Trim() > count * 64);
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(keeps.Contains(i), map.TryGet(handles[i], out var value));
            Assert.True(value == null || value->First == i);
        }
        var again = Enumerable.Range(0, count).Select(i => map.Allocate(new Line64 { First = -i })).ToArray();
        Assert.Empty(again.Intersect(handles));
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(-i, map[again[i]].First);
            Assert.Equal(keeps.Contains(i), map.TryGet(handles[i], out _));
        }
        Assert.Equal(count + keeps.Count, map.LiveCount);
        map.Clear();
    }

    [Fact]
    public void Pages_that_the_map_gave_back_are_another_owners_and_are_not_read()
    {
        using var map = new HandleMap<Line64>(_arena, new PoolOptions { SlabBytes = 64 << 10 });
        var handles = Enumerable.Range(0, 20_000).Select(_ => map.Allocate(default)).ToArray();
        map.Clear();
        map.Trim();
        // Fills its pages with every generation that a handle may have.
        using var other = new Pool<Line64>(_arena, new PoolOptions { SlabBytes = 64 << 10 });
        foreach (var slot in PoolTests.Fill(other, 20_000))
            new Span<uint>((void*)slot, 16).Fill(handles[0].Generation);
        Assert.All(handles, handle => Assert.False(map.TryGet(handle, out _)));
        other.Clear();
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x55)]
    [InlineData(0xFE)]
    [InlineData(0xFF)]
    public void Whatever_its_pages_held_a_new_slot_is_free_and_not_retired(byte held)
    {
        using var arena = new PageArena("used");
        var block = arena.Allocate(4 << 20);
        block.AsSpan().Fill(held);
        arena.Free(block);
        using var map = new HandleMap<Line64>(arena);
        var handles = Enumerable.Range(0, 5000).Select(i => map.Allocate(new Line64 { First = i })).ToArray();
        var walked = 0;
        foreach (var entry in map)
            walked++;
        Assert.Equal(5000, walked);
        for (var i = 0; i < handles.Length; i++)
        {
            Assert.Equal(i, map[handles[i]].First);
            Assert.True(map.Free(handles[i]));
            Assert.False(map.TryGet(handles[i], out _));
        }
        Assert.Equal((0, 0), (map.LiveCount, map.RetiredCount));
    }

    [Fact]
    public void Made_up_handles_do_no_harm()
    {
        var random = new Random(11);
        for (var i = 0; i < 2000; i++)
            _map.Allocate(default);
        for (var i = 0; i < 100_000; i++)
        {
            var index = (uint)random.NextInt64(1L << (1 + random.Next(32)));
            var made = new Handle<Line64>(index, (uint)random.NextInt64(1L << 32));
            // It may happen to be a real one; it must not crash, and what it finds must be live.
            if (_map.TryGet(made, out var value))
                Assert.True(value != null);
        }
    }

    [Theory]
    [InlineData(32UL << 30)]
    [InlineData((32UL << 30) + 1)]
    [InlineData(100UL << 30)]
    public void Handles_reach_across_the_whole_reservation(ulong reserveBytes)
    {
        using var arena = new PageArena(new PageArenaOptions { ReserveBytes = (nuint)reserveBytes });
        // Fill all of the reservation but its end without touching it: the owner table is what grows.
        using var map = new HandleMap<Line64>(arena);
        var near = map.Allocate(new Line64 { First = 1 });
        Assert.Equal(1, map[near].First);
        var end = new Handle<Line64>(uint.MaxValue, 1);
        Assert.False(map.TryGet(end, out _));
        map.Clear();
    }

    [Fact]
    public void Slots_that_were_there_from_the_start_serve_like_others()
    {
        using var map = new HandleMap<Line64>(_arena, new PoolOptions { InitialSlots = 3000 });
        Assert.True(map.SlotCount >= 3000);
        var slabs = map.SlabCount;
        var handles = Enumerable.Range(0, 3000).Select(i => map.Allocate(new Line64 { First = i })).ToArray();
        Assert.Equal(slabs, map.SlabCount);
        Assert.All(handles, handle => Assert.True(map.TryGet(handle, out _)));
        map.Clear();
        Assert.All(handles, handle => Assert.False(map.TryGet(handle, out _)));
    }

    [Fact]
    public void A_map_that_cannot_have_its_initial_slots_leaves_nothing_behind()
    {
        using var small = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = 1 << 20 });
        Assert.Throws<ArenaOutOfMemoryException>(
            () => new HandleMap<Line64>(small, new PoolOptions { InitialSlots = 1 << 20 }));
        Assert.Equal(0u, small.LentBytes);
    }

    [Fact]
    public void Live_values_are_walked_with_their_handles_and_the_current_one_may_be_freed()
    {
        var handles = Enumerable.Range(0, 5000).Select(i => _map.Allocate(new Line64 { First = i })).ToArray();
        foreach (var handle in handles.Where((_, i) => i % 2 == 0))
            _map.Free(handle);
        var seen = new List<Handle<Line64>>();
        foreach (var entry in _map)
        {
            Assert.Equal(1, entry.Value.First % 2);
            Assert.True(Unsafe.AreSame(ref entry.Value, ref _map[entry.Handle]));
            seen.Add(entry.Handle);
            _map.Free(entry.Handle);
        }
        Assert.Equal(handles.Where((_, i) => i % 2 == 1).ToHashSet(), seen.ToHashSet());
        Assert.Equal(0, _map.LiveCount);
    }

    [Fact]
    public void A_map_agrees_with_a_dictionary()
    {
        const int seed = 4;
        var random = new Random(seed);
        var live = new Dictionary<Handle<Line64>, long>();
        var order = new List<Handle<Line64>>();
        var stale = new List<Handle<Line64>>();
        for (var step = 0; step < 200_000; step++)
        {
            if (random.Next(100) < (step / 20_000 % 2 == 0 ? 65 : 35))
            {
                var handle = _map.Allocate(new Line64 { First = step });
                Assert.True(live.TryAdd(handle, step), $"seed {seed}, step {step}: the handle is in use");
                order.Add(handle);
            }
            else if (order.Count > 0)
            {
                var pick = random.Next(order.Count);
                var handle = order[pick];
                order[pick] = order[^1];
                order.RemoveAt(order.Count - 1);
                Assert.Equal(live[handle], _map[handle].First);
                Assert.True(_map.Free(handle));
                live.Remove(handle);
                stale.Add(handle);
            }
            if (stale.Count > 0)
                Assert.False(_map.TryGet(stale[random.Next(stale.Count)], out _), $"seed {seed}, step {step}");
            if (step % 30_011 == 0)
                _map.Trim();
        }
        Assert.Equal(live.Count, _map.LiveCount);
        Assert.All(live, pair => Assert.Equal(pair.Value, _map[pair.Key].First));
    }

    [Fact]
    public void The_steady_state_makes_no_garbage()
    {
        var handles = new Handle<Line64>[5000];
        Churn(handles);
        Assert.Equal(0, Garbage.Of(() => Churn(handles)));
    }

    [Fact]
    public void Handles_resolve_while_an_observer_is_attached()
    {
        var before = _map.Allocate(new Line64 { First = 1 });
        using (LeakTracker.Attach(_arena))
        {
            var during = _map.Allocate(new Line64 { First = 2 });
            Assert.Equal((1, 2), (_map[before].First, _map[during].First));
            Assert.True(_map.Free(before));
            Assert.False(_map.TryGet(before, out _));
        }
        Assert.Equal(1, _map.LiveCount);
    }

    [Fact]
    public void After_Dispose_every_call_is_refused()
    {
        var handle = _map.Allocate(default);
        _arena.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { _map.Allocate(default); });
        Assert.Throws<ObjectDisposedException>(() => _map.TryGet(handle, out _));
        Assert.Throws<ObjectDisposedException>(() => _map[handle].First);
        Assert.Throws<ObjectDisposedException>(() => _map.Free(handle));
        Assert.Throws<ObjectDisposedException>(() => _map.LiveCount);
        Assert.Throws<ObjectDisposedException>(() => { _map.GetEnumerator(); });
    }

    private void Churn(Handle<Line64>[] handles)
    {
        for (var i = 0; i < handles.Length; i++)
            handles[i] = _map.Allocate(new Line64 { First = i });
        foreach (var entry in _map)
            entry.Value.Second++;
        foreach (var handle in handles)
            _map.Free(handle);
    }
}
