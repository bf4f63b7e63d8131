using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// An allocator as a value of 8 bytes that unmanaged structs can hold: a checked index, never an address. A
/// <c>Heap</c>, <c>SharedHeap</c>, <c>LocalHeap</c>, <see cref="BuddyAllocator"/>, <see cref="FrameAllocator"/> or
/// <see cref="CustomAllocator"/> converts to one implicitly.
/// </summary>
/// <remarks>
/// <para>
/// It is used to allocate, to resize and to free, never to reach an element. Its calls follow the thread rules of the
/// allocator behind it; the handle itself may be copied and read by any thread. A handle of an allocator that was
/// disposed throws an <see cref="ObjectDisposedException"/> that names it, even if another one took its place.
/// </para>
/// <para>
/// An allocator enters a table of the process when it is first converted to a handle, and stays reachable until it is
/// disposed. An allocator that never is converted pays nothing.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// AllocatorHandle handle = heap;                      // 8 bytes that a struct can hold
/// var address = handle.Allocate(64);
/// handle.Free(address, 64);
/// </code>
/// </example>
public readonly unsafe record struct AllocatorHandle
{
    internal const nuint DefaultAlignment = 16;

    internal readonly int Index;
    internal readonly uint Generation;

    internal AllocatorHandle(int index, uint generation)
    {
        Index = index;
        Generation = generation;
    }

    /// <summary>True for the default value, which names no allocator.</summary>
    public bool IsNone => Generation == 0;

    /// <summary>True until the allocator that it names is disposed.</summary>
    public bool IsAlive => AllocatorTable.Find(this) is { Source.IsDisposed: false };

    /// <summary>Returns the handle of a custom allocator.</summary>
    /// <exception cref="ArgumentNullException">The allocator is null.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public static implicit operator AllocatorHandle(CustomAllocator allocator)
    {
        ArgumentNullException.ThrowIfNull(allocator);
        return allocator.ToHandle();
    }

    /// <summary>Allocates; the memory holds whatever was there before.</summary>
    /// <param name="byteCount">Bytes.</param>
    /// <param name="alignment">A power of two; 0 takes 16.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>The address, never 0.</returns>
    /// <exception cref="InvalidOperationException">The handle is none.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public nint Allocate(
        nuint byteCount, nuint alignment = DefaultAlignment,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        AllocatorTable.Get(this).Source.Allocate(byteCount, alignment, new SourceLine(file, line, member));

    /// <summary>Resizes an allocation, in place if the allocator can; otherwise the contents move.</summary>
    /// <param name="address">An allocation of the same allocator; 0 allocates.</param>
    /// <param name="oldByteCount">The bytes of the allocation.</param>
    /// <param name="byteCount">Bytes from now on.</param>
    /// <param name="alignment">The alignment that it was allocated with; 0 takes 16.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>The address from now on.</returns>
    /// <exception cref="InvalidOperationException">The handle is none.</exception>
    /// <exception cref="InvalidFreeException">The allocation is not alive; nothing was changed.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// There is no memory for the new size; the allocation is unchanged.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public nint Reallocate(
        nint address, nuint oldByteCount, nuint byteCount, nuint alignment = DefaultAlignment,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        Reallocate(
            AllocatorTable.Get(this).Source, address, oldByteCount, byteCount, alignment,
            new SourceLine(file, line, member));

    /// <summary>Frees an allocation. 0 is ignored, and so is memory of a frame, which dies by itself.</summary>
    /// <param name="address">An allocation of the same allocator.</param>
    /// <param name="byteCount">Its bytes.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidOperationException">The handle is none.</exception>
    /// <exception cref="InvalidFreeException">The allocation is not alive; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void Free(
        nint address, nuint byteCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var source = AllocatorTable.Get(this).Source;
        if (address != 0 && source.TakesBack)
            source.Free(address, byteCount, new SourceLine(file, line, member));
    }

    /// <summary>Kind and name of the allocator, also of one that was disposed recently.</summary>
    public override string ToString() => AllocatorTable.LabelOf(this);

    internal static nint Reallocate(
        IMemorySource source, nint address, nuint oldByteCount, nuint byteCount, nuint alignment, in SourceLine line)
    {
        if (address == 0)
            return source.Allocate(byteCount, alignment, in line);
        var resized = source.Resize(address, oldByteCount, byteCount, alignment, in line);
        if (resized != 0)
            return resized;
        var moved = source.Allocate(byteCount, alignment, in line);
        var common = Math.Min(oldByteCount, byteCount);
        Buffer.MemoryCopy((void*)address, (void*)moved, common, common);
        if (source.TakesBack)
            source.Free(address, oldByteCount, in line);
        return moved;
    }
}
