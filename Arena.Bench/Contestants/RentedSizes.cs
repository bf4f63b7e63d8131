using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary>Arrays from <see cref="ArrayPool{T}.Shared"/>.</summary>
internal readonly struct RentedSizes : ISizes<Rented>
{
    public static ref byte First(Rented memory) => ref MemoryMarshal.GetArrayDataReference(memory.Bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Rented Allocate(int byteCount) => new(ArrayPool<byte>.Shared.Rent(byteCount));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(Rented memory) => ArrayPool<byte>.Shared.Return(memory.Bytes);
}
