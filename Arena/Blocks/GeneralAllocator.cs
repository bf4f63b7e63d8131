using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The base of allocators of any size whose allocations are freed one by one: the heaps and the buddy allocator. It
/// offers spans and references to programs without pointers.
/// </summary>
/// <remarks>The thread rules are those of the derived allocator.</remarks>
/// <example>
/// <code>
/// void Fill(GeneralAllocator any)                     // a heap, a shared heap or a buddy allocator
/// {
///     var samples = any.AllocateSpan&lt;float&gt;(48_000);
///     samples.Clear();
///     any.FreeSpan(samples);
/// }
/// Fill(heap);
/// </code>
/// </example>
public abstract unsafe partial class GeneralAllocator : Allocator, IMemorySource
{
    internal GeneralAllocator(PageArena arena, string name)
        : base(arena, name)
    {
    }

    /// <summary>Allocates memory.</summary>
    /// <param name="byteCount">Bytes; 0 is valid and gives a unique address.</param>
    /// <param name="alignment">A power of two; 0 means 16.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>The memory, which holds whatever was there before.</returns>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator, its arena or the OS cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public abstract void* Allocate(
        nuint byteCount, nuint alignment = 16,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "");

    /// <summary>Allocates memory, or returns false if there is none.</summary>
    /// <param name="byteCount">Bytes; 0 is valid and gives a unique address.</param>
    /// <param name="alignment">A power of two; 0 means 16.</param>
    /// <param name="address">The allocation, or null.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public abstract bool TryAllocate(
        nuint byteCount, nuint alignment, out void* address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "");

    /// <summary>
    /// Resizes an allocation, in place if possible and otherwise by a move. The contents up to the smaller size are
    /// kept.
    /// </summary>
    /// <param name="address">A live allocation of this allocator; null allocates.</param>
    /// <param name="byteCount">Bytes; 0 is the smallest allocation, not a free.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>
    /// The address from now on, aligned to at least 16 bytes. An allocation that moves loses a larger alignment.
    /// </returns>
    /// <exception cref="InvalidFreeException">
    /// The address is not live in this allocator; nothing was changed.
    /// </exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// There is no memory for the new size; the allocation is unchanged.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public abstract void* Reallocate(
        void* address, nuint byteCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "");

    /// <summary>Frees an allocation. Null is ignored.</summary>
    /// <param name="address">A live allocation of this allocator.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidFreeException">The address is not one; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public abstract void Free(
        void* address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "");

    /// <summary>
    /// Returns how many bytes of a live allocation may be used: at least those requested; 0 for null.
    /// </summary>
    /// <param name="address">A live allocation of this allocator, or null.</param>
    /// <exception cref="InvalidFreeException">The address is not live in this allocator.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public abstract nuint UsableBytes(void* address);

    /// <summary>Allocates room for one value, at the alignment of its type or 16 bytes, whichever is larger.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <typeparam name="T">The element, without references.</typeparam>
    /// <returns>The address. The memory holds whatever was there before.</returns>
    /// <exception cref="ArenaOutOfMemoryException">The allocator, its arena or the OS cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Allocate<T>(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
        where T : unmanaged =>
        (T*)Allocate((nuint)sizeof(T), NaturalAlignment.AtLeast16<T>(), file, line, member);

    /// <summary>Allocates room for elements, at the alignment of their type or 16 bytes, whichever is larger.</summary>
    /// <param name="count">Elements; 0 gives an empty span and allocates nothing.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <typeparam name="T">The element, without references.</typeparam>
    /// <returns>
    /// The elements, which hold whatever was there before. They do not move; free them by <see cref="FreeSpan"/>.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator, its arena or the OS cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    /// <example><code>Span&lt;float&gt; heights = heap.AllocateSpan&lt;float&gt;(256);</code></example>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> AllocateSpan<T>(
        int count,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
        where T : unmanaged
    {
        if (count <= 0)
            return NoElements<T>(count);
        var byteCount = (nuint)(uint)count * (nuint)sizeof(T);
        return new Span<T>(Allocate(byteCount, NaturalAlignment.AtLeast16<T>(), file, line, member), count);
    }

    /// <summary>Allocates room for elements, or returns false if there is no memory.</summary>
    /// <param name="count">Elements; 0 gives an empty span and allocates nothing.</param>
    /// <param name="span">The elements, which hold whatever was there before; empty if it returns false.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <typeparam name="T">The element, without references.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public bool TryAllocateSpan<T>(
        int count, out Span<T> span,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
        where T : unmanaged
    {
        span = default;
        if (count <= 0)
        {
            span = NoElements<T>(count);
            return true;
        }
        var byteCount = (nuint)(uint)count * (nuint)sizeof(T);
        if (!TryAllocate(byteCount, NaturalAlignment.AtLeast16<T>(), out var first, file, line, member))
            return false;
        span = new Span<T>(first, count);
        return true;
    }

    /// <summary>
    /// Changes the number of elements, in place if possible and otherwise by a move. Elements up to the smaller count
    /// keep their values.
    /// </summary>
    /// <param name="span">Live elements of this allocator, from the first one; an empty span allocates.</param>
    /// <param name="count">Elements; 0 frees them and gives an empty span.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <typeparam name="T">The element, without references.</typeparam>
    /// <returns>The elements from now on. The old span must not be used again.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="InvalidFreeException">The span is not live in this allocator; nothing was changed.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// There is no memory for the new count; the elements are unchanged.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public Span<T> ReallocateSpan<T>(
        Span<T> span, int count,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
        where T : unmanaged
    {
        if (span.IsEmpty)
            return AllocateSpan<T>(count, file, line, member);
        if (count <= 0)
        {
            var none = NoElements<T>(count);
            FreeSpan(span, file, line, member);
            return none;
        }
        var byteCount = (nuint)(uint)count * (nuint)sizeof(T);
        var first = Unsafe.AsPointer(ref span[0]);
        if (NaturalAlignment.AtLeast16<T>() == 16)
            return new Span<T>(Reallocate(first, byteCount, file, line, member), count);
        return ReallocateAligned(span, count, file, line, member);
    }

    /// <summary>Frees elements, even if the span shows only the first of them. An empty span is ignored.</summary>
    /// <param name="span">Live elements of this allocator, from the first one.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <typeparam name="T">The element, without references.</typeparam>
    /// <exception cref="InvalidFreeException">
    /// The elements are not live in this allocator; nothing was changed.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FreeSpan<T>(
        Span<T> span,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
        where T : unmanaged
    {
        if (span.IsEmpty)
            ThrowIfDisposed();
        else
            Free(Unsafe.AsPointer(ref span[0]), file, line, member);
    }

    string IMemorySource.Label => Label;

    nint IMemorySource.Allocate(nuint byteCount, nuint alignment, in SourceLine line) =>
        (nint)Allocate(byteCount, alignment, line.File, line.Line, line.Member);

    // An allocation that moves would lose an alignment beyond 16.
    nint IMemorySource.Resize(
        nint address, nuint oldByteCount, nuint byteCount, nuint alignment, in SourceLine line) =>
        alignment > 16 ? 0 : (nint)Reallocate(unchecked((void*)address), byteCount, line.File, line.Line, line.Member);

    void IMemorySource.Free(nint address, nuint byteCount, in SourceLine line) =>
        Free(unchecked((void*)address), line.File, line.Line, line.Member);

    // A move by Reallocate keeps only an alignment of 16 bytes. Fewer elements never fail: they stay in place.
    private Span<T> ReallocateAligned<T>(Span<T> span, int count, string file, int line, string member)
        where T : unmanaged
    {
        var first = Unsafe.AsPointer(ref span[0]);
        var usable = UsableBytes(first);
        var byteCount = (nuint)(uint)count * (nuint)sizeof(T);
        if (byteCount <= usable && byteCount > usable / 2 && Guard is null)
            return new Span<T>(first, count);
        if (!TryAllocateSpan<T>(count, out var moved, file, line, member))
        {
            if (byteCount <= usable)
                return new Span<T>(first, count);
            // This throws, and names the request that cannot be served.
            moved = AllocateSpan<T>(count, file, line, member);
        }
        span[..Math.Min(span.Length, count)].CopyTo(moved);
        FreeSpan(span, file, line, member);
        return moved;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Span<T> NoElements<T>(int count)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return default;
    }
}
