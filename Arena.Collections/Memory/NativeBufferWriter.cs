using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// An <see cref="IBufferWriter{T}"/> in an allocator's memory, with the members of an
/// <see cref="ArrayBufferWriter{T}"/>.
/// </summary>
/// <remarks>
/// Memory that it returned before it grew, or before Dispose, throws an <see cref="ObjectDisposedException"/> when its
/// span is requested; spans are valid until then. The writer doubles when it is full. It is for one thread at a time,
/// within the thread rules of its allocator.
/// </remarks>
/// <typeparam name="T">The values' type.</typeparam>
/// <example>
/// <code>
/// using var buffer = new NativeBufferWriter&lt;byte&gt;(heap);
/// using var json = new System.Text.Json.Utf8JsonWriter(buffer);
/// json.WriteStringValue("saved");
/// json.Flush();
/// Console.WriteLine(buffer.WrittenCount);
/// </code>
/// </example>
[DebuggerDisplay("WrittenCount = {WrittenCount}")]
public sealed class NativeBufferWriter<T> : IBufferWriter<T>, IDisposable
    where T : unmanaged
{
    private readonly AllocatorHandle _allocator;
    private readonly SourceLine _line;
    private NativeMemoryOwner<T>? _buffer;
    private int _written;
    private bool _isDisposed;

    /// <summary>Makes an empty writer.</summary>
    /// <param name="allocator">
    /// The allocator that it lives in: a heap, a buddy or frame allocator, or a custom one.
    /// </param>
    /// <param name="initialCapacity">The number of values to take memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="InvalidOperationException">The handle is none.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeBufferWriter(
        AllocatorHandle allocator, int initialCapacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(initialCapacity);
        _ = AllocatorTable.Get(allocator);
        _allocator = allocator;
        _line = new SourceLine(file, line, member);
        if (initialCapacity > 0)
            _buffer = MakeBuffer(initialCapacity);
    }

    /// <summary>The values written, valid until the next write.</summary>
    /// <exception cref="ObjectDisposedException">The object, or its allocator, was disposed.</exception>
    public ReadOnlySpan<T> WrittenSpan
    {
        get
        {
            ThrowIfDisposed();
            return _buffer is null ? default : _buffer.GetSpan()[.._written];
        }
    }

    /// <summary>The values written, valid until the next write.</summary>
    /// <exception cref="ObjectDisposedException">The object, or its allocator, was disposed.</exception>
    public ReadOnlyMemory<T> WrittenMemory
    {
        get
        {
            ThrowIfDisposed();
            return _buffer is null ? default : _buffer.Memory[.._written];
        }
    }

    /// <summary>The number of values written.</summary>
    public int WrittenCount => _written;

    /// <summary>The number of values that it has memory for.</summary>
    public int Capacity => _buffer?.Length ?? 0;

    /// <summary>The number of values that can be written before it grows.</summary>
    public int FreeCapacity => Capacity - _written;

    /// <summary>Adds values that were written to the memory returned last.</summary>
    /// <param name="count">The number of values.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidOperationException">The number is larger than the free capacity.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed.</exception>
    public void Advance(int count)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > FreeCapacity)
        {
            throw new InvalidOperationException(
                $"The writer cannot advance by {count}: it has memory for {FreeCapacity} more.");
        }
        _written += count;
    }

    /// <summary>Returns memory to write to, behind the values written.</summary>
    /// <param name="sizeHint">The least number of values; 0 gives at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    /// <exception cref="ObjectDisposedException">The object, or its allocator, was disposed.</exception>
    public Memory<T> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer!.Memory[_written..];
    }

    /// <inheritdoc cref="GetMemory"/>
    public Span<T> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer!.GetSpan()[_written..];
    }

    /// <summary>Removes and clears the values written, and keeps the capacity.</summary>
    /// <exception cref="ObjectDisposedException">The object, or its allocator, was disposed.</exception>
    public void Clear()
    {
        ThrowIfDisposed();
        _buffer?.GetSpan()[.._written].Clear();
        _written = 0;
    }

    /// <summary>Removes the values written without clearing them, and keeps the capacity.</summary>
    /// <exception cref="ObjectDisposedException">The writer was disposed.</exception>
    public void ResetWrittenCount()
    {
        ThrowIfDisposed();
        _written = 0;
    }

    /// <summary>Frees its memory. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _written = 0;
        ((IDisposable?)_buffer)?.Dispose();
        _buffer = null;
    }

    private void Reserve(int sizeHint)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var more = Math.Max(sizeHint, 1);
        if (more <= FreeCapacity)
            return;
        var larger = MakeBuffer(Collections.Capacity.After(Capacity, (long)_written + more, Unsafe.SizeOf<T>()));
        WrittenSpan.CopyTo(larger.GetSpan());
        var old = _buffer;
        _buffer = larger;
        ((IDisposable?)old)?.Dispose();
    }

    private NativeMemoryOwner<T> MakeBuffer(int capacity) =>
        new(_allocator, capacity, _line.File, _line.Line, _line.Member);

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);
}
