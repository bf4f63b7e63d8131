using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Pools;

namespace Arena.Tests.Native;

/// <summary>The example in docs/native-callbacks.md is the one below, and runs.</summary>
public sealed unsafe class NativeCallbacksDocsTests
{
    [LuaFact]
    public void The_example_in_the_docs_is_the_one_below_and_runs()
    {
        var source = File.ReadAllLines(Here());
        var first = Array.FindIndex(source, line => line.Contains("#region docs", StringComparison.Ordinal)) + 1;
        var last = Array.FindIndex(source, line => line.Contains("#endregion", StringComparison.Ordinal));
        var example = string.Join('\n', source[first..last].Select(line => line[8..]));
        var docs = Path.Combine(Path.GetDirectoryName(Here())!, "../../docs/native-callbacks.md");
        Assert.Contains(example, File.ReadAllText(docs).ReplaceLineEndings("\n"), StringComparison.Ordinal);
        var library = NativeLibrary.Load("lua54", typeof(KeraLua.Lua).Assembly, null);
        Example(
            (delegate* unmanaged[Cdecl]<void*, void*, void*>)NativeLibrary.GetExport(library, "lua_newstate"),
            (delegate* unmanaged[Cdecl]<void*, void>)NativeLibrary.GetExport(library, "lua_close"));
    }

    private static void Example(
        delegate* unmanaged[Cdecl]<void*, void*, void*> newState, delegate* unmanaged[Cdecl]<void*, void> close)
    {
        using var arena = new PageArena("game");

        #region docs
        using var heap = new Heap(arena, "scripts");
        using var lua = new NativeCallbacks(heap, "lua") { LimitBytes = 32 << 20 };
        void* state = newState(NativeCallbacks.LuaAlloc, lua.UserData);      // lua_newstate
        close(state);                                                        // lua_close
        Console.WriteLine(lua);                                              // 0 live allocations, 0 faults
        #endregion

        Assert.True(state != null);
        Assert.InRange(lua.PeakLiveBytes, 1000u, 32u << 20);
        Assert.StartsWith("'lua' in heap 'scripts': 0 live allocations", lua.ToString());
    }

    private static string Here([CallerFilePath] string file = "") => file;
}
