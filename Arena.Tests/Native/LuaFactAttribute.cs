using System.Runtime.InteropServices;

namespace Arena.Tests.Native;

/// <summary>A test that needs the native library of the KeraLua package; skipped, and said to be, without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LuaFactAttribute : FactAttribute
{
    private static readonly bool Loads = NativeLibrary.TryLoad("lua54", typeof(KeraLua.Lua).Assembly, null, out _);

    public LuaFactAttribute() => Skip = Loads
        ? null
        : $"KeraLua ships no lua54 for {RuntimeInformation.RuntimeIdentifier}";
}
