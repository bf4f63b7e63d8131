using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// A thread's own view of a <see cref="SharedPool{T}"/>: the pool's calls without the search for the thread's part. Any
/// thread may free what it allocates, and it frees what any thread allocated. See <see cref="SharedPool{T}.Local"/>.
/// </summary>
/// <typeparam name="T">The element, without references.</typeparam>
/// <example>
/// <code>
/// var local = jobs.Local();                           // found once, for many calls
/// unsafe
/// {
///     var job = local.Allocate();
///     local.Free(job);
/// }
/// </code>
/// </example>
public readonly unsafe ref struct LocalPool<T>
    where T : unmanaged
{
    private readonly SharedPool<T> _pool;
    private readonly LocalHeap _heap;

    internal LocalPool(SharedPool<T> pool, LocalHeap heap)
    {
        _pool = pool;
        _heap = heap;
    }

    /// <inheritdoc cref="Pool{T}.Allocate"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Allocate(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        return _pool.TryPop(_heap, out var slot) ? (T*)slot : _pool.AllocateSlowly(file, line, member);
    }

    /// <inheritdoc cref="SharedPool{T}.Free(T*, string, int, string)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(
        T* slot,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        _pool.Free(_heap, slot, file, line, member);
}
