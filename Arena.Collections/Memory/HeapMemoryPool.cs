using System.Buffers;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// A <see cref="MemoryPool{T}"/> whose buffers live in an allocator: of exact lengths, and named by the line that made
/// the pool where they leak.
/// </summary>
/// <remarks>
/// As many threads may rent and return as the allocator allows: pipelines return on other threads and need a
/// <c>SharedHeap</c>. Each buffer costs one <see cref="NativeMemoryOwner{T}"/> of garbage. Buffers outlive the pool;
/// they do not outlive the allocator.
/// </remarks>
/// <typeparam name="T">The values' type.</typeparam>
/// <example>
/// <code>
/// using var pool = new HeapMemoryPool&lt;byte&gt;(heap);
/// using var rented = pool.Rent(4096);
/// </code>
/// </example>
public sealed class HeapMemoryPool<T> : MemoryPool<T>
    where T : unmanaged
{
    private const int DefaultBytes = 4096;

    private readonly AllocatorHandle _allocator;
    private readonly SourceLine _line;
    private bool _isDisposed;

    /// <summary>A pool, which takes no memory before a buffer is rented.</summary>
    /// <param name="allocator">Where buffers live: a heap, a buddy allocator, or one of your own.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidOperationException">The handle is none.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public HeapMemoryPool(
        AllocatorHandle allocator, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0,
        [CallerMemberName] string member = "")
    {
        _ = AllocatorTable.Get(allocator);
        _allocator = allocator;
        _line = new SourceLine(file, line, member);
    }

    /// <summary>Values that a buffer may have at most.</summary>
    public override int MaxBufferSize => Array.MaxLength;

    /// <summary>A buffer that holds whatever was there before; its Dispose returns it.</summary>
    /// <param name="minBufferSize">Values, which it has exactly; -1 takes as many as fit in 4 KiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or too large.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The pool, or its allocator, was disposed.</exception>
    public override IMemoryOwner<T> Rent(int minBufferSize = -1)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (minBufferSize == -1)
            minBufferSize = Math.Max(1, DefaultBytes / Unsafe.SizeOf<T>());
        ArgumentOutOfRangeException.ThrowIfNegative(minBufferSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, MaxBufferSize);
        return new NativeMemoryOwner<T>(_allocator, minBufferSize, _line.File, _line.Line, _line.Member);
    }

    /// <summary>Rents no more. Buffers that are out stay until they are disposed.</summary>
    /// <param name="disposing">True: there is no finalizer.</param>
    protected override void Dispose(bool disposing) => _isDisposed = true;
}
