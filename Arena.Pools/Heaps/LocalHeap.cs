using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// A thread's own view of a <see cref="SharedHeap"/>: the heap's calls without the search for the thread's part. Any
/// thread may free what it allocates, and it frees what any thread allocated. See <see cref="SharedHeap.Local"/>.
/// </summary>
/// <example>
/// <code>
/// var local = shared.Local();                         // found once, for many calls
/// unsafe
/// {
///     var address = local.Allocate(64);
///     local.Free(address);
/// }
/// </code>
/// </example>
public readonly unsafe ref struct LocalHeap
{
    private readonly SharedHeap _heap;
    private readonly FastPath* _fast;

    internal LocalHeap(SharedHeap heap, FastPath* fast)
    {
        _heap = heap;
        _fast = fast;
    }

    /// <summary>Returns the handle of the heap behind it, for a container that may outlive the method.</summary>
    /// <exception cref="ObjectDisposedException">The heap was disposed.</exception>
    public static implicit operator AllocatorHandle(LocalHeap local) => local._heap;

    /// <inheritdoc cref="Heap.Allocate"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Allocate(
        nuint byteCount, nuint alignment = Align.Default,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        _heap.CountEntry();
        return FastPath.TryPop<ManyThreads>(_fast, byteCount, alignment, out var address)
            ? address
            : _heap.AllocateSlowly(byteCount, alignment, file, line, member);
    }

    /// <inheritdoc cref="Heap.TryAllocate"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocate(
        nuint byteCount, nuint alignment, out void* address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        _heap.CountEntry();
        return FastPath.TryPop<ManyThreads>(_fast, byteCount, alignment, out address)
            || _heap.TryAllocateSlowly(byteCount, alignment, out address, file, line, member);
    }

    /// <summary>Pops a place of a class, if one is ready.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryPop(nuint sizeClass, out void* place)
    {
        _heap.CountEntry();
        return FastPath.TryPop<ManyThreads>(_fast, sizeClass, out place);
    }

    /// <inheritdoc cref="SharedHeap.Free"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(
        void* address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        _heap.CountEntry();
        if (!FastPath.TryFree<ManyThreads>(_fast, address))
            _heap.FreeFrom(_fast, address, file, line, member);
    }
}
