using System.Buffers;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// A <see cref="MemoryPool{T}"/> whose buffers live in an allocator. They have exact lengths, and leaks of them are
/// reported with the line that made the pool.
/// </summary>
/// <remarks>
/// The allocator decides which threads may rent and return: pipelines return on other threads and need a
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

    /// <summary>Makes a pool, which takes no memory before a buffer is rented.</summary>
    /// <param name="allocator">The allocator that buffers live in: a heap, a buddy allocator, or a custom one.</param>
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

    /// <summary>The most values that a buffer may have.</summary>
    public override int MaxBufferSize => Array.MaxLength;

    /// <summary>Rents a buffer, which holds whatever was there before. Its Dispose returns it.</summary>
    /// <param name="minBufferSize">The exact number of values; -1 takes as many as fit in 4 KiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or too large.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no memory for it.</exception>
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

    /// <summary>Ends renting. Buffers that are rented stay valid until they are disposed.</summary>
    /// <param name="disposing">Always true, because there is no finalizer.</param>
    protected override void Dispose(bool disposing) => _isDisposed = true;
}
