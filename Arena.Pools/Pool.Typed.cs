using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The calls for programs without pointers: references instead of addresses, with the machine code of the pointer calls.
public sealed unsafe partial class Pool<T>
{
    /// <summary>Allocates a slot and puts a value into it.</summary>
    /// <param name="value">The value, which is copied. It may itself lie in a slot of this pool.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>
    /// The value in its slot, which does not move. Free it by <see cref="Free(ref T, string, int, string)"/>.
    /// </returns>
    /// <exception cref="ArenaOutOfMemoryException">The pool's maximum, the arena or the OS allows no more.</exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    /// <example><code>ref var bullet = ref bullets.Add(new Bullet { Speed = 12 });</code></example>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Add(
        in T value,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var slot = Allocate(file, line, member);
        *slot = value;
        return ref *slot;
    }

    /// <summary>
    /// Frees the slot of a value, which may be the current one of a walk. A null reference is ignored.
    /// </summary>
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

    /// <summary>Returns whether a reference is a live slot of this pool. A copy of a value never is.</summary>
    /// <param name="slot">Any reference.</param>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public bool Contains(ref T slot) => Contains((T*)Unsafe.AsPointer(ref slot));

    /// <summary>Returns whether an address is a live slot of this pool.</summary>
    /// <param name="slot">Any address; its memory is not read.</param>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public bool Contains(T* slot)
    {
        ThrowIfDisposed();
        return IsLiveSlot(slot) && (_listener is null || _listener.IsLive(slot));
    }

    private bool IsLiveSlot(void* slot)
    {
        if (!Owns(slot))
            return IsPaged(slot);
        var word = WordOf(slot, out var bit);
        return word != null && IsLive(slot, word, bit) && !IsWaiting(slot);
    }
}
