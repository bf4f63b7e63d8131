using System.Runtime.InteropServices;

namespace Arena;

/// <summary>Memory outside of every arena, for a history. A test can let any request be refused.</summary>
internal static unsafe class OwnMemory
{
    // How many requests of the calling thread are left until one is refused; 0 for never.
    [ThreadStatic]
    private static int requestsBeforeRefusal;

    /// <summary>Refuses the request of this number, from 1 on, of the calling thread; 0 refuses none.</summary>
    public static void RefuseRequest(int number) => requestsBeforeRefusal = number;

    /// <summary>Returns memory that begins with what another one held, which is freed.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory; nothing was changed.</exception>
    public static void* Resize(void* memory, nuint byteCount)
    {
        ThrowIfRefused();
        return NativeMemory.Realloc(memory, byteCount);
    }

    /// <summary>Returns memory at an alignment, to be freed by <see cref="FreeAligned"/>.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public static void* AllocateAligned(nuint byteCount, nuint alignment)
    {
        ThrowIfRefused();
        return NativeMemory.AlignedAlloc(byteCount, alignment);
    }

    public static void Free(void* memory) => NativeMemory.Free(memory);

    public static void FreeAligned(void* memory) => NativeMemory.AlignedFree(memory);

    private static void ThrowIfRefused()
    {
        if (requestsBeforeRefusal > 0 && --requestsBeforeRefusal == 0)
            throw new InsufficientMemoryException();
    }
}
