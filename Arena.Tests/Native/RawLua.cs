using System.Runtime.InteropServices;
using System.Text;
using Arena.Pools;

namespace Arena.Tests.Native;

/// <summary>Lua's own functions, for what KeraLua takes for granted: that a state can be made.</summary>
internal static unsafe class RawLua
{
    public const int Ok = 0;
    public const int NotEnoughMemory = 4;

    private static readonly nint Library = NativeLibrary.Load("lua54", typeof(KeraLua.Lua).Assembly, null);

    /// <summary>Runs a script in a state of its own, without libraries: to open them is not protected.</summary>
    /// <returns>Lua's status.</returns>
    public static int Run(NativeCallbacks callbacks, string script)
    {
        var state = ((delegate* unmanaged[Cdecl]<void*, void*, void*>)Export("lua_newstate"))(
            NativeCallbacks.LuaAlloc, callbacks.UserData);
        if (state == null)
            return NotEnoughMemory;
        int status;
        fixed (byte* text = Encoding.UTF8.GetBytes(script + "\0"))
            status = ((delegate* unmanaged[Cdecl]<void*, byte*, int>)Export("luaL_loadstring"))(state, text);
        if (status == Ok)
        {
            status = ((delegate* unmanaged[Cdecl]<void*, int, int, int, nint, void*, int>)Export("lua_pcallk"))(
                state, 0, 0, 0, 0, null);
        }
        ((delegate* unmanaged[Cdecl]<void*, void>)Export("lua_close"))(state);
        return status;
    }

    private static nint Export(string name) => NativeLibrary.GetExport(Library, name);
}
