using System.Runtime.CompilerServices;

namespace Arena.Bench.Contestants;

/// <summary>A C allocator called from C# through function pointers.</summary>
internal readonly unsafe struct CSlots<T>(CLibrary library) : ISlots<nint>
    where T : unmanaged
{
    private readonly delegate* unmanaged<nuint, void*> _malloc = library.Malloc;
    private readonly delegate* unmanaged<void*, void> _free = library.Free;

    public static ref ulong Word(nint slot) => ref *(ulong*)slot;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => (nint)_malloc((nuint)sizeof(T));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint slot) => _free((void*)slot);
}
