using System.Runtime.CompilerServices;

namespace Arena.Pools;

// References instead of addresses, and many slots in one call.
public sealed unsafe partial class SharedPool<T>
{
    /// <inheritdoc cref="Pool{T}.Add"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Add(
        in T value,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var slot = Allocate(file, line, member);
        *slot = value;
        return ref *slot;
    }

    /// <summary>Frees the slot of a value, whichever thread allocated it. A null reference is ignored.</summary>
    /// <param name="slot">
    /// A live slot of this pool: a reference that <see cref="Add"/> returned or a walk shows, not a copy of the value.
    /// </param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidFreeException">The reference is not one; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(
        ref T slot,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        Free((T*)Unsafe.AsPointer(ref slot), file, line, member);

    /// <inheritdoc cref="Pool{T}.AllocateRange"/>
    public int AllocateRange(
        Span<nint> slots,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        _heap.ThrowIfDisposed();
        if (!_goesSlowly)
            return _heap.AllocateRange(_strideBytes, _alignment, slots, file, line, member);
        for (var i = 0; i < slots.Length; i++)
        {
            if (!TryAllocate(out var slot, file, line, member))
                return i;
            slots[i] = (nint)slot;
        }
        return slots.Length;
    }

    /// <summary>Frees many slots, whichever threads allocated them. Null elements are skipped.</summary>
    /// <inheritdoc cref="Pool{T}.FreeRange"/>
    public void FreeRange(ReadOnlySpan<nint> slots)
    {
        if (!_goesSlowly)
        {
            _heap.FreeRange(slots);
            return;
        }
        _heap.ThrowIfDisposed();
        for (var i = 0; i < slots.Length; i++)
        {
            try
            {
                Free(unchecked((T*)slots[i]), "", 0, nameof(FreeRange));
            }
            catch (InvalidFreeException failure)
            {
                throw failure.At(i);
            }
        }
    }
}
