using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary>
/// The limit: add to a pointer, never free, start again at the end of the memory. It is an object with fields, as an
/// allocator with several callers must be: a pointer in a register of the loop would not be an allocator.
/// </summary>
internal sealed unsafe class BumpPointer : IDisposable
{
    private const nuint LineBytes = 64;

    private readonly byte* _start;
    private readonly byte* _end;
    private byte* _next;

    public BumpPointer(nuint byteCount)
    {
        _start = (byte*)NativeMemory.AlignedAlloc(byteCount, LineBytes);
        // First touch is another question: Benchmarks/FirstTouch asks it.
        NativeMemory.Clear(_start, byteCount);
        _end = _start + byteCount;
        _next = _start;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Allocate(nuint byteCount)
    {
        var at = _next;
        if ((nuint)(_end - at) < byteCount)
            at = _start;
        _next = at + byteCount;
        return at;
    }

    public void Rewind() => _next = _start;

    public void Dispose() => NativeMemory.AlignedFree(_start);
}
