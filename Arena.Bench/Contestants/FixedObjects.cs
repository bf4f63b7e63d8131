using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary>
/// The cost of passing objects between threads without an allocator: 64-byte objects that always exist,
/// each in turn. It is not a limit: where lines cross slowly and nothing delays either thread, the ring runs empty, and
/// every object crosses alone. There are more objects than a ring between two threads holds.
/// </summary>
internal sealed unsafe class FixedObjects : IDisposable
{
    private const int Count = 8192;
    private const nuint SlotBytes = 64;

    private readonly byte* _first = (byte*)NativeMemory.AlignedAlloc(Count * SlotBytes, SlotBytes);
    private uint _next;

    public FixedObjects() => NativeMemory.Clear(_first, Count * SlotBytes);

    public void Dispose() => NativeMemory.AlignedFree(_first);

    private nint Next() => (nint)(_first + (_next++ & Count - 1) * SlotBytes);

    /// <summary>The objects, as a workload sees them.</summary>
    internal readonly struct Sizes(FixedObjects objects) : ISizes<nint>
    {
        public static ref byte First(nint memory) => ref *(byte*)memory;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public nint Allocate(int byteCount) => objects.Next();

        public void Free(nint memory)
        {
        }
    }
}
