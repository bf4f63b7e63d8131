using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary>Arrays of 64 bytes from <see cref="ArrayPool{T}.Shared"/>.</summary>
internal readonly struct RentedSlots : ISlots<Rented>
{
    public static ref ulong Word(Rented slot) =>
        ref Unsafe.As<byte, ulong>(ref MemoryMarshal.GetArrayDataReference(slot.Bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Rented Allocate() => new(ArrayPool<byte>.Shared.Rent(64));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(Rented slot) => ArrayPool<byte>.Shared.Return(slot.Bytes);
}
