using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// Four C functions that know their client without user data: the runtime makes a piece of code for each delegate.
/// That code must exist as long as a C library may call it, so an entry is never freed. It is lent to one client after
/// another, the entry that was unused longest first.
/// </summary>
internal sealed unsafe class NativeEntry
{
    private static readonly List<NativeEntry> All = [];
    private static readonly Queue<NativeEntry> Resting = new();

    private readonly MallocFunction _malloc;
    private readonly CallocFunction _calloc;
    private readonly ReallocFunction _realloc;
    private readonly FreeFunction _free;
    private volatile NativeCallbacks? _client;

    private NativeEntry()
    {
        _malloc = byteCount => _client is { } client ? client.OnMalloc(byteCount) : null;
        _calloc = (count, byteCount) => _client is { } client ? client.OnCalloc(count, byteCount) : null;
        _realloc = (address, byteCount) => _client is { } client ? client.OnRealloc(address, byteCount) : null;
        _free = address => _client?.OnFree(address);
        Functions = new NativeFunctions(
            Marshal.GetFunctionPointerForDelegate(_malloc),
            Marshal.GetFunctionPointerForDelegate(_calloc),
            Marshal.GetFunctionPointerForDelegate(_realloc),
            Marshal.GetFunctionPointerForDelegate(_free));
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void* MallocFunction(nuint byteCount);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void* CallocFunction(nuint count, nuint byteCount);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void* ReallocFunction(void* address, nuint byteCount);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void FreeFunction(void* address);

    public NativeFunctions Functions { get; }

    public static NativeEntry LendTo(NativeCallbacks client)
    {
        lock (Resting)
        {
            if (!Resting.TryDequeue(out var entry))
                All.Add(entry = new NativeEntry());
            entry._client = client;
            return entry;
        }
    }

    public void TakeBack()
    {
        lock (Resting)
        {
            _client = null;
            Resting.Enqueue(this);
        }
    }
}
