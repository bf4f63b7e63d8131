using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Native;

/// <summary>The callbacks as a C library sees them, called through the function pointers.</summary>
public sealed unsafe class NativeCallbacksTests : IDisposable
{
    private readonly PageArena _arena = new(new PageArenaOptions { Name = "game", BudgetBytes = 16 << 20 });
    private readonly Heap _heap;
    private readonly NativeCallbacks _library;

    public NativeCallbacksTests()
    {
        _heap = new Heap(_arena, "scripts");
        _library = new NativeCallbacks(_heap, "lua");
    }

    public void Dispose()
    {
        _library.Dispose();
        _arena.Dispose();
    }

    [Fact]
    public void The_four_do_what_C_says_of_them()
    {
        var text = (byte*)NativeCallbacks.Malloc(_library.UserData, 10);
        new Span<byte>(text, 10).Fill(7);
        text = (byte*)NativeCallbacks.Realloc(_library.UserData, text, 1 << 20);
        Assert.False(new Span<byte>(text, 10).ContainsAnyExcept((byte)7));
        text = (byte*)NativeCallbacks.Realloc(_library.UserData, text, 5);
        Assert.False(new Span<byte>(text, 5).ContainsAnyExcept((byte)7));
        NativeCallbacks.Free(_library.UserData, text);
        var zeros = (byte*)NativeCallbacks.Calloc(_library.UserData, 5, 2);
        Assert.False(new Span<byte>(zeros, 10).ContainsAnyExcept((byte)0));
        Assert.Equal((1, _heap.LiveBytes), (_library.LiveCount, _library.LiveBytes));
        NativeCallbacks.Free(_library.UserData, zeros);
        Assert.Equal((0, 0u, 0), (_library.LiveCount, _library.LiveBytes, _heap.LiveCount));
        Assert.InRange(_library.PeakLiveBytes, 1u << 20, 2u << 20);
    }

    [Fact]
    public void Null_and_zero_mean_what_they_mean_in_C()
    {
        NativeCallbacks.Free(_library.UserData, null);
        var empty = NativeCallbacks.Malloc(_library.UserData, 0);
        var other = NativeCallbacks.Realloc(_library.UserData, null, 100);
        Assert.True(empty != null && other != null && empty != other);
        Assert.True(NativeCallbacks.Realloc(_library.UserData, other, 0) == null);
        Assert.True(NativeCallbacks.Realloc(_library.UserData, empty, 0) == null);
        Assert.Equal(0, _heap.LiveCount);
        Assert.Equal((0, 0L), (_library.FaultCount, _library.RefusedCount));
    }

    [Fact]
    public void The_function_of_Lua_is_all_four_in_one()
    {
        Assert.True(NativeCallbacks.LuaAlloc(_library.UserData, null, 5, 0) == null);
        var text = (byte*)NativeCallbacks.LuaAlloc(_library.UserData, null, 4, 24);
        text[23] = 9;
        text = (byte*)NativeCallbacks.LuaAlloc(_library.UserData, text, 24, 4000);
        Assert.Equal(9, text[23]);
        Assert.True(NativeCallbacks.LuaAlloc(_library.UserData, text, 4000, 0) == null);
        Assert.Equal((0, 0), (_heap.LiveCount, _library.FaultCount));
    }

    [Fact]
    public void Out_of_memory_is_null_and_changes_nothing()
    {
        Assert.True(NativeCallbacks.Calloc(_library.UserData, nuint.MaxValue / 2 + 1, 2) == null);
        Assert.True(NativeCallbacks.Calloc(_library.UserData, 2, nuint.MaxValue / 4) == null);
        Assert.True(NativeCallbacks.Malloc(_library.UserData, nuint.MaxValue) == null);
        var kept = (byte*)NativeCallbacks.Malloc(_library.UserData, 1 << 20);
        kept[0] = 1;
        Assert.True(NativeCallbacks.Realloc(_library.UserData, kept, 32 << 20) == null);
        Assert.Equal(1, kept[0]);
        Assert.Equal((1, 4L, 0), (_library.LiveCount, _library.RefusedCount, _library.FaultCount));
        NativeCallbacks.Free(_library.UserData, kept);
        Assert.Equal(0u, _library.LiveBytes);
    }

    [Fact]
    public void The_limit_is_kept_to_the_byte()
    {
        var first = NativeCallbacks.Malloc(_library.UserData, 1000);
        var granted = _library.LiveBytes;
        _library.LimitBytes = granted + 999;
        Assert.True(NativeCallbacks.Malloc(_library.UserData, 1000) == null);
        Assert.True(NativeCallbacks.Calloc(_library.UserData, 10, 100) == null);
        Assert.True(NativeCallbacks.Realloc(_library.UserData, first, granted + 1000) == null);
        Assert.Equal(3, _library.RefusedCount);
        _library.LimitBytes = granted + 1000;
        var second = NativeCallbacks.Malloc(_library.UserData, 1000);
        Assert.True(second != null);
        NativeCallbacks.Free(_library.UserData, second);
        first = NativeCallbacks.Realloc(_library.UserData, first, granted + 1000);
        Assert.True(first != null);
        _library.LimitBytes = 0;
        first = NativeCallbacks.Realloc(_library.UserData, first, 10);
        Assert.True(first != null);
        NativeCallbacks.Free(_library.UserData, first);
        Assert.Equal((0, 3L), (_heap.LiveCount, _library.RefusedCount));
    }

    [Fact]
    public void To_make_something_smaller_never_fails_though_not_a_byte_is_left()
    {
        List<nint> blocks = [];
        for (void* block; (block = NativeCallbacks.Malloc(_library.UserData, 32 << 10)) != null;)
            blocks.Add((nint)block);
        for (void* slot; (slot = NativeCallbacks.Malloc(_library.UserData, 48)) != null;)
            blocks.Add((nint)slot);
        Assert.Equal(2, _library.RefusedCount);
        *(long*)blocks[0] = 42;
        var smaller = NativeCallbacks.Realloc(_library.UserData, (void*)blocks[0], 40);
        Assert.Equal(42, *(long*)smaller);
        Assert.Equal((2L, 0), (_library.RefusedCount, _library.FaultCount));
        blocks[0] = (nint)smaller;
        foreach (var block in blocks)
            NativeCallbacks.Free(_library.UserData, (void*)block);
        Assert.Equal((0, 0u), (_library.LiveCount, _library.LiveBytes));
    }

    [Fact]
    public void What_C_does_wrong_is_reported_and_swallowed_and_changes_nothing()
    {
        List<Exception> told = [];
        _library.Faulted += told.Add;
        _library.Faulted += _ => throw new NotSupportedException("mine");
        var slot = (byte*)NativeCallbacks.Malloc(_library.UserData, 100);
        var foreign = _heap.Allocate(100);
        NativeCallbacks.Free(_library.UserData, slot + 1);
        long local;
        NativeCallbacks.Free(_library.UserData, &local);
        Assert.True(NativeCallbacks.Realloc(_library.UserData, slot + 16, 10) == null);
        Assert.True(NativeCallbacks.LuaAlloc(_library.UserData, slot + 8, 10, 20) == null);
        NativeCallbacks.Free(_library.UserData, slot);
        NativeCallbacks.Free(_library.UserData, slot);
        Assert.Equal(5, _library.FaultCount);
        Assert.Equal(5, told.Count);
        Assert.All(told, fault => Assert.IsType<InvalidFreeException>(fault));
        Assert.Same(told[^1], _library.LastFault);
        Assert.Equal((nuint)slot, ((InvalidFreeException)_library.LastFault!).Address);
        Assert.Equal((0, 1), (_library.LiveCount, _heap.LiveCount));
        _heap.Free(foreign);
    }

    [Fact]
    public void A_heap_that_is_gone_is_a_fault_and_no_crash()
    {
        var slot = NativeCallbacks.Malloc(_library.UserData, 100);
        _heap.Dispose();
        Assert.True(NativeCallbacks.Malloc(_library.UserData, 100) == null);
        Assert.True(NativeCallbacks.Calloc(_library.UserData, 1, 100) == null);
        Assert.True(NativeCallbacks.Realloc(_library.UserData, slot, 1000) == null);
        NativeCallbacks.Free(_library.UserData, slot);
        Assert.Equal((4, 0L), (_library.FaultCount, _library.RefusedCount));
        Assert.IsType<ObjectDisposedException>(_library.LastFault);
    }

    [Fact]
    public void A_late_call_reaches_no_client_not_even_the_next_one()
    {
        var late = _library.UserData;
        var slot = NativeCallbacks.Malloc(late, 100);
        _library.Dispose();
        _library.Dispose();
        using var next = new NativeCallbacks(_heap, "next");
        Assert.True(next.UserData != late);
        Assert.True(NativeCallbacks.Malloc(late, 100) == null);
        Assert.True(NativeCallbacks.Realloc(late, slot, 1000) == null);
        NativeCallbacks.Free(late, slot);
        NativeCallbacks.Free(null, slot);
        NativeCallbacks.Free((void*)nuint.MaxValue, slot);
        Assert.Equal((0, 0, 1), (next.LiveCount, next.FaultCount, _heap.LiveCount));
        _heap.Free(slot);
    }

    [Fact]
    public void Another_thread_is_refused_until_it_takes_over()
    {
        var slot = (nint)NativeCallbacks.Malloc(_library.UserData, 100);
        OnAnotherThread(() =>
        {
            Assert.True(NativeCallbacks.Malloc(_library.UserData, 1) == null);
            NativeCallbacks.Free(_library.UserData, (void*)slot);
        });
        Assert.Equal((1, 2), (_library.LiveCount, _library.FaultCount));
        Assert.Contains("TakeOver", _library.LastFault!.Message, StringComparison.Ordinal);
        Assert.Contains("heap 'scripts'", _library.LastFault.Message, StringComparison.Ordinal);
        OnAnotherThread(() =>
        {
            _library.TakeOver();
            NativeCallbacks.Free(_library.UserData, (void*)slot);
        });
        Assert.Equal((0, 2), (_library.LiveCount, _library.FaultCount));
        Assert.True(NativeCallbacks.Malloc(_library.UserData, 1) == null);
        Assert.Equal(3, _library.FaultCount);
    }

    [Fact]
    public void Many_clients_at_once_are_kept_apart()
    {
        var clients = Enumerable.Range(1, 100).Select(i => new NativeCallbacks(_heap, $"library {i}")).ToArray();
        for (var i = 0; i < clients.Length; i++)
        {
            for (var count = 0; count <= i; count++)
                NativeCallbacks.Malloc(clients[i].UserData, 10);
        }
        Assert.Equal(Enumerable.Range(1, 100), clients.Select(client => client.LiveCount));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public void An_observer_sees_the_library_where_the_source_file_would_be()
    {
        using var tracker = LeakTracker.Attach(_arena);
        NativeCallbacks.Malloc(_library.UserData, 100);
        NativeCallbacks.LuaAlloc(_library.UserData, null, 0, 100);
        var sites = tracker.Report().Sites.Select(site => (site.File, site.Member)).Order();
        Assert.Equal([("lua", "lua"), ("lua", "malloc")], sites);
    }

    [Fact]
    public void Calls_from_C_make_no_garbage()
    {
        var plain = _library.WithoutUserData;
        Play(plain);
        Assert.Equal(0, Garbage.Of(() => Play(plain)));
    }

    [Fact]
    public void A_client_needs_a_heap_and_a_name()
    {
        Assert.Throws<ArgumentNullException>(() => new NativeCallbacks((Heap)null!, "lua"));
        Assert.Throws<ArgumentException>(() => new NativeCallbacks(_heap, " "));
    }

    private static void OnAnotherThread(Action act)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                act();
            }
            catch (Exception caught)
            {
                failure = caught;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private void Play(NativeFunctions plain)
    {
        for (nuint i = 0; i < 1000; i++)
        {
            var slot = NativeCallbacks.Malloc(_library.UserData, i);
            var other = plain.Calloc(i, 10);
            slot = NativeCallbacks.LuaAlloc(_library.UserData, slot, i, 2 * i + 1);
            NativeCallbacks.Free(_library.UserData, plain.Realloc(other, i + 1));
            plain.Free(slot);
        }
    }
}
