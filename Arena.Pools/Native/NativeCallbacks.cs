using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// Lends a heap to a C library that takes its allocator as function pointers: malloc, calloc, realloc and free with
/// and without user data, and the one function of Lua.
/// </summary>
/// <remarks>
/// As in C, <c>malloc(0)</c> returns a unique address, <c>realloc(NULL, n)</c> allocates, <c>realloc(p, 0)</c> frees
/// and returns null, <c>free(NULL)</c> does nothing, and memory is aligned to 16 bytes.
/// </remarks>
/// <inheritdoc cref="NativeClient" path="/remarks"/>
/// <example>
/// <code>
/// using var lua = new NativeCallbacks(heap, "lua");
/// unsafe
/// {
///     // lua_newstate(NativeCallbacks.LuaAlloc, lua.UserData)
///     var memory = NativeCallbacks.Malloc(lua.UserData, 100);
///     NativeCallbacks.Free(lua.UserData, memory);
/// }
/// </code>
/// </example>
public sealed unsafe class NativeCallbacks : NativeClient
{
    private readonly Lock _binding = new();
    private NativeEntry? _entry;
    private bool _gone;

    /// <summary>Lends a heap to a library or driver on one thread.</summary>
    /// <param name="heap">The heap that the library's memory comes from.</param>
    /// <param name="name">The library's name, shown in faults and to observers.</param>
    public NativeCallbacks(Heap heap, string name)
        : base(heap, name)
    {
    }

    /// <summary>Lends a heap for many threads to a library that calls from many.</summary>
    /// <param name="heap">The heap that the library's memory comes from.</param>
    /// <param name="name">The library's name, shown in faults and to observers.</param>
    public NativeCallbacks(SharedHeap heap, string name)
        : base(heap, name)
    {
    }

    /// <summary><c>void* malloc(void* userData, size_t byteCount)</c></summary>
    public static delegate* unmanaged[Cdecl]<void*, nuint, void*> Malloc => &MallocEntry;

    /// <summary><c>void* calloc(void* userData, size_t count, size_t byteCount)</c></summary>
    public static delegate* unmanaged[Cdecl]<void*, nuint, nuint, void*> Calloc => &CallocEntry;

    /// <summary><c>void* realloc(void* userData, void* address, size_t byteCount)</c></summary>
    public static delegate* unmanaged[Cdecl]<void*, void*, nuint, void*> Realloc => &ReallocEntry;

    /// <summary><c>void free(void* userData, void* address)</c></summary>
    public static delegate* unmanaged[Cdecl]<void*, void*, void> Free => &FreeEntry;

    /// <summary>
    /// Lua's <c>lua_Alloc</c>: <c>void* (void* userData, void* address, size_t oldByteCount, size_t byteCount)</c>
    /// </summary>
    public static delegate* unmanaged[Cdecl]<void*, void*, nuint, nuint, void*> LuaAlloc => &LuaEntry;

    /// <summary>
    /// The four functions without user data, for this heap alone. They are made when first requested.
    /// </summary>
    /// <remarks>
    /// Dispose only after the library was shut down, because the same functions serve another heap later. Until then a
    /// late call is refused.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public NativeFunctions WithoutUserData
    {
        get
        {
            lock (_binding)
            {
                ObjectDisposedException.ThrowIf(_gone, this);
                return (_entry ??= NativeEntry.LendTo(this)).Functions;
            }
        }
    }

    internal void* OnMalloc(nuint byteCount) => Take(byteCount, 0, "malloc");

    internal void* OnCalloc(nuint count, nuint byteCount) => TakeZeroed(count, byteCount, "calloc");

    internal void* OnRealloc(void* address, nuint byteCount)
    {
        if (address == null)
            return Take(byteCount, 0, "realloc");
        if (byteCount != 0)
            return Resize(address, byteCount, "realloc");
        Give(address);
        return null;
    }

    internal void OnFree(void* address) => Give(address);

    private protected override void Disposed()
    {
        lock (_binding)
        {
            _gone = true;
            _entry?.TakeBack();
            _entry = null;
        }
    }

    // In Lua, alloc(NULL, 0) allocates nothing. The heap knows the old size itself. A function that C calls is
    // compiled once, before anything is known of the calls: what it calls is compiled again when it is hot.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* OnLua(void* address, nuint byteCount)
    {
        if (byteCount == 0)
        {
            Give(address);
            return null;
        }
        return address == null ? Take(byteCount, 0, "lua") : Resize(address, byteCount, "lua");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* MallocEntry(void* userData, nuint byteCount) =>
        NativeClients.Find<NativeCallbacks>(userData) is { } client ? client.OnMalloc(byteCount) : null;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* CallocEntry(void* userData, nuint count, nuint byteCount) =>
        NativeClients.Find<NativeCallbacks>(userData) is { } client ? client.OnCalloc(count, byteCount) : null;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* ReallocEntry(void* userData, void* address, nuint byteCount) =>
        NativeClients.Find<NativeCallbacks>(userData) is { } client ? client.OnRealloc(address, byteCount) : null;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FreeEntry(void* userData, void* address) =>
        NativeClients.Find<NativeCallbacks>(userData)?.OnFree(address);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* LuaEntry(void* userData, void* address, nuint oldByteCount, nuint byteCount) =>
        NativeClients.Find<NativeCallbacks>(userData) is { } client ? client.OnLua(address, byteCount) : null;
}
