using System.Diagnostics;
using System.Runtime.InteropServices;
using Arena;
using Arena.Pools;
using KeraLua;

namespace Guides;

/// <summary>Scripts in Lua whose memory is in a heap, under a limit.</summary>
internal static unsafe class LuaScripts
{
    private const int Rounds = 31;

    private const string Greedy = "local all = {} while true do all[#all + 1] = { #all } end";
    private const string Modest = "local t = {} for i = 1, 1000 do t[i] = { i } end return #t";

    // Tables, closures and strings that live for a while and die.
    private const string Churn =
        """
        local kept, sum = {}, 0
        for i = 1, 60000 do
          local object = { i, 2 * i, name = "object " .. (i % 1000) .. "/" .. i }
          local add = function(x) return x + object[1] end
          sum = (sum * 31 + add(object[2])) % 1000000007
          kept[i % 4096 + 1] = object
        end
        return sum
        """;

    /// <param name="options">
    /// "--compare" plays a script here and on malloc in turns; "--compare-shared" does it in a heap for many threads.
    /// </param>
    /// <param name="output">The writer that gets the result.</param>
    public static void Play(string[] options, TextWriter output)
    {
        var comparesShared = options is ["--compare-shared"];
        var compares = !comparesShared && Guide.Has(options, "--compare");
        if (!NativeLibrary.TryLoad("lua54", typeof(Lua).Assembly, null, out _))
        {
            output.WriteLine($"Skipped: KeraLua has no lua54 for {RuntimeInformation.RuntimeIdentifier}.");
            return;
        }

        using var arena = new PageArena("game");
        #region heap
        using var heap = new Heap(arena, "scripts");
        using var callbacks = new NativeCallbacks(heap, "lua") { LimitBytes = 4 << 20 };
        #endregion
        if (comparesShared)
            CompareShared(arena, output);
        else if (compares)
            Compare(callbacks, "a heap", output);
        else
            PlayMods(callbacks, output);
        output.WriteLine($"After lua_close: {heap.LiveCount} allocations, {callbacks.FaultCount} faults.");
    }

    private static void PlayMods(NativeCallbacks callbacks, TextWriter output)
    {
        using var lua = Open(callbacks);
        #region limit
        var status = Run(lua, Greedy);                       // asks for more and more
        output.WriteLine($"A greedy script: {status}, {lua.ToString(-1)}.");
        lua.SetTop(0);
        lua.GarbageCollector(LuaGC.Collect, 0);
        status = Run(lua, Modest);                           // the state is as good as before
        output.WriteLine($"The next script: {status}, {lua.ToInteger(-1)} tables.");
        #endregion
        output.WriteLine($"At most {callbacks.PeakLiveBytes >> 20} MiB, {callbacks.RefusedCount > 0} refusals.");
    }

    #region open
    private static Lua Open(NativeCallbacks callbacks)
    {
        // The function came from C and goes back to C as it is: there is no delegate between Lua and the heap.
        var allocate = Marshal.GetDelegateForFunctionPointer<LuaAlloc>((nint)NativeCallbacks.LuaAlloc);
        var lua = new Lua(allocate, (nint)callbacks.UserData);
        lua.OpenLibs();
        return lua;
    }
    #endregion

    private static LuaStatus Run(Lua lua, string script)
    {
        var status = lua.LoadString(script);
        return status == LuaStatus.OK ? lua.PCall(0, 1, 0) : status;
    }

    private static void CompareShared(PageArena arena, TextWriter output)
    {
        using var heap = new SharedHeap(arena, "scripts of many threads");
        using var shared = new NativeCallbacks(heap, "lua");
        Compare(shared, "a shared heap", output);
    }

    // In turns, so that whatever disturbs the machine disturbs both.
    private static void Compare(NativeCallbacks callbacks, string where, TextWriter output)
    {
        callbacks.LimitBytes = 64 << 20;
        var ratios = new List<double>();
        for (var round = -Rounds; round < Rounds; round++)
        {
            var (here, malloc) = round % 2 == 0
                ? (Time(() => Open(callbacks)), Time(() => new Lua()))
                : Swap(Time(() => new Lua()), Time(() => Open(callbacks)));
            if (round >= 0)
                ratios.Add(here / malloc);
        }
        ratios.Sort();
        var (low, median, high) = (ratios[Rounds / 4], ratios[Rounds / 2], ratios[3 * Rounds / 4]);
        output.WriteLine($"Lua in {where} takes {median:0.00} of its time on malloc "
            + $"(median of {Rounds} rounds, the middle half {low:0.00} to {high:0.00}).");
    }

    private static (double Here, double Malloc) Swap(double malloc, double here) => (here, malloc);

    private static double Time(Func<Lua> open)
    {
        using var lua = open();
        var start = Stopwatch.GetTimestamp();
        if (Run(lua, Churn) != LuaStatus.OK)
            throw new InvalidOperationException(lua.ToString(-1));
        lua.Close();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
