using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// Four C functions that know whom they serve without being told: the runtime makes a piece of code for each delegate.
/// That code must never go while a C library may still call it, so an entry is kept for ever, and lent to one client
/// after the other, the one that rested longest first.
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
