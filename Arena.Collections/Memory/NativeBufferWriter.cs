using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// An <see cref="IBufferWriter{T}"/> in an allocator's memory, with the members of an
/// <see cref="ArrayBufferWriter{T}"/>.
/// </summary>
/// <remarks>
/// Memory that it handed out before it grew, or before Dispose, throws an <see cref="ObjectDisposedException"/> when it
/// is asked for its span; spans are good until then. It doubles when it is full. For one thread at a time, and no more
/// than its allocator allows.
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

    /// <summary>An empty writer.</summary>
    /// <param name="allocator">Where it lives: a heap, a buddy or frame allocator, or one of your own.</param>
    /// <param name="initialCapacity">Values that it takes memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="InvalidOperationException">The handle is none.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator cannot serve it.</exception>
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

    /// <summary>What was written, until the next write.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its allocator.</exception>
    public ReadOnlySpan<T> WrittenSpan
    {
        get
        {
            ThrowIfDisposed();
            return _buffer is null ? default : _buffer.GetSpan()[.._written];
        }
    }

    /// <summary>What was written, until the next write.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its allocator.</exception>
    public ReadOnlyMemory<T> WrittenMemory
    {
        get
        {
            ThrowIfDisposed();
            return _buffer is null ? default : _buffer.Memory[.._written];
        }
    }

    /// <summary>Values written.</summary>
    public int WrittenCount => _written;

    /// <summary>Values that it has memory for.</summary>
    public int Capacity => _buffer?.Length ?? 0;

    /// <summary>Values that can be written before it grows.</summary>
    public int FreeCapacity => Capacity - _written;

    /// <summary>Adds values that were written to the memory handed out last.</summary>
    /// <param name="count">Values.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidOperationException">They are more than it has memory for.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
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

    /// <summary>Memory to write to, at the end of what was written.</summary>
    /// <param name="sizeHint">Values at least; 0 gives at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or its allocator.</exception>
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

    /// <summary>Forgets what was written, and makes it default; the capacity stays.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its allocator.</exception>
    public void Clear()
    {
        ThrowIfDisposed();
        _buffer?.GetSpan()[.._written].Clear();
        _written = 0;
    }

    /// <summary>Forgets what was written; the capacity stays.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
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
