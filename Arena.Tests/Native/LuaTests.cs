using System.Runtime.InteropServices;
using Arena.Pools;
using Arena.Tests.Os;
using KeraLua;

namespace Arena.Tests.Native;

/// <summary>A real C library: Lua 5.4, with all its memory in a heap.</summary>
public sealed unsafe class LuaTests
{
    private const int Objects = 1_000_000;
    private const int Kept = 4096;
    private const long Modulus = 1_000_000_007;

    // A million tables, as many closures, more strings; the last 4,096 tables live, the others die.
    private const string Churn =
        """
        local kept, sum = {}, 0
        for i = 1, 1000000 do
          local object = { i, 2 * i, name = "object " .. (i % 1000) .. "/" .. i }
          local add = function(x) return x + object[1] end
          sum = (sum * 31 + add(object[2])) % 1000000007
          kept[i % 4096 + 1] = object
        end
        local letters = 0
        for i = 1, #kept do letters = letters + #kept[i].name end
        return sum, letters
        """;

    private const string Hoard = "local all = {} while true do all[#all + 1] = { #all } end";

    [LuaFact]
    public void Millions_of_tables_strings_and_closures_live_and_die_in_a_heap()
    {
        using var arena = new PageArena("game");
        using var heap = new Heap(arena, "scripts");
        using var callbacks = new NativeCallbacks(heap, "lua") { LimitBytes = 16 << 20 };
        using (var lua = Open(callbacks))
        {
            Assert.Equal(LuaStatus.OK, Run(lua, Churn));
            Assert.Equal(ExpectedSum(), lua.ToInteger(-2));
            Assert.Equal(ExpectedLetters(), lua.ToInteger(-1));
            Assert.InRange(heap.LiveCount, Kept, int.MaxValue);
            Assert.Equal((heap.LiveCount, heap.LiveBytes), (callbacks.LiveCount, callbacks.LiveBytes));
        }
        Assert.Equal((0, 0u), (heap.LiveCount, heap.LiveBytes));
        Assert.Equal((0, 0L), (callbacks.FaultCount, callbacks.RefusedCount));
        Assert.InRange(callbacks.PeakLiveBytes, 1u << 18, 16u << 20);
    }

    [LuaFact]
    public void At_its_limit_a_script_ends_with_not_enough_memory_and_the_next_one_runs()
    {
        using var arena = new PageArena("game");
        using var heap = new Heap(arena, "scripts");
        using var callbacks = new NativeCallbacks(heap, "lua") { LimitBytes = 4 << 20 };
        using (var lua = Open(callbacks))
            EndsCleanly(lua, callbacks);
        Assert.InRange(callbacks.PeakLiveBytes, 2u << 20, (4u << 20) + (1u << 20));
        Assert.Equal(0, heap.LiveCount);
    }

    [LuaFact]
    public void The_budget_of_the_arena_ends_a_script_as_cleanly()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "game", BudgetBytes = 4 << 20 });
        using var heap = new Heap(arena, "scripts");
        using var callbacks = new NativeCallbacks(heap, "lua");
        using (var lua = Open(callbacks))
            EndsCleanly(lua, callbacks);
        Assert.InRange(arena.PeakCommittedBytes, 2u << 20, 4u << 20);
        Assert.Equal(0, heap.LiveCount);
    }

    [LuaFact]
    public void Two_states_in_two_heaps_do_not_see_each_other()
    {
        using var arena = new PageArena("game");
        using var heap = new Heap(arena, "mods");
        using var otherHeap = new Heap(arena, "quests");
        using var callbacks = new NativeCallbacks(heap, "mods");
        using var otherCallbacks = new NativeCallbacks(otherHeap, "quests");
        using (var lua = Open(callbacks))
        {
            using (var other = Open(otherCallbacks))
            {
                var before = heap.LiveBytes;
                Assert.Equal(LuaStatus.OK, Run(other, "all = {} for i = 1, 10000 do all[i] = { i } end"));
                Assert.Equal(before, heap.LiveBytes);
                Assert.InRange(otherHeap.LiveCount, 10_000, 40_000);
            }
            Assert.Equal(0, otherHeap.LiveCount);
            Assert.Equal(LuaStatus.OK, Run(lua, "return 6 * 7"));
            Assert.Equal(42, lua.ToInteger(-1));
        }
        Assert.Equal(0, heap.LiveCount);
    }

    [LuaFact]
    public void Any_call_to_the_OS_may_fail_under_a_script()
    {
        using var os = new FailingContext();
        var failed = 0;
        for (var n = 1; failed == 0 || os.FailedCount != 0; n++)
        {
            Assert.True(n < 500, "the script never passes");
            os.Reset();
            using var arena = new PageArena(new PageArenaOptions { Name = $"call {n}" }, os.Memory);
            using var heap = new Heap(arena);
            using var callbacks = new NativeCallbacks(heap, "lua");
            os.FailAt(n, times: int.MaxValue);
            var status = RawLua.Run(callbacks, "local t = {} for i = 1, 5000 do t[i] = { i } end");
            var expected = os.FailedCount == 0 ? RawLua.Ok : RawLua.NotEnoughMemory;
            Assert.True(status == expected, $"call {n} and all after it fail: status {status}, {expected} expected");
            Assert.True(heap.LiveCount == 0, $"call {n}: {heap.LiveCount} allocations are left");
            Assert.Equal(0, callbacks.FaultCount);
            failed += os.FailedCount;
        }
    }

    [LuaFact]
    public void A_state_that_finds_no_memory_is_not_made()
    {
        using var arena = new PageArena("game");
        using var heap = new Heap(arena);
        using var callbacks = new NativeCallbacks(heap, "lua") { LimitBytes = 1000 };
        Assert.Equal(RawLua.NotEnoughMemory, RawLua.Run(callbacks, "return 1"));
        Assert.Equal((1L, 0, 0), (callbacks.RefusedCount, callbacks.FaultCount, heap.LiveCount));
    }

    // A pointer that came from C is handed back to C as it is: there is no delegate between Lua and the heap.
    private static Lua Open(NativeCallbacks callbacks)
    {
        var allocate = Marshal.GetDelegateForFunctionPointer<LuaAlloc>((nint)NativeCallbacks.LuaAlloc);
        var lua = new Lua(allocate, (nint)callbacks.UserData);
        lua.OpenLibs();
        return lua;
    }

    private static LuaStatus Run(Lua lua, string script)
    {
        var status = lua.LoadString(script);
        return status == LuaStatus.OK ? lua.PCall(0, -1, 0) : status;
    }

    private static void EndsCleanly(Lua lua, NativeCallbacks callbacks)
    {
        Assert.Equal(LuaStatus.ErrMem, Run(lua, Hoard));
        Assert.Equal("not enough memory", lua.ToString(-1));
        Assert.InRange(callbacks.RefusedCount, 1, int.MaxValue);
        lua.SetTop(0);
        lua.GarbageCollector(LuaGC.Collect, 0);
        Assert.Equal(LuaStatus.OK, Run(lua, "local t = {} for i = 1, 1000 do t[i] = { i } end return #t"));
        Assert.Equal(1000, lua.ToInteger(-1));
        Assert.Equal(0, callbacks.FaultCount);
    }

    private static long ExpectedSum()
    {
        var sum = 0L;
        for (var i = 1; i <= Objects; i++)
            sum = (sum * 31 + 3 * i) % Modulus;
        return sum;
    }

    private static long ExpectedLetters()
    {
        var letters = 0L;
        for (var i = Objects - Kept + 1; i <= Objects; i++)
            letters += $"object {i % 1000}/{i}".Length;
        return letters;
    }
}
