using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// A buffer of bytes that grows at its end, in a <see cref="RelocatableHeap"/>, for messages, files and encoders. All
/// of it lies behind its handle, so copies of this struct are the same buffer.
/// </summary>
/// <remarks>
/// The remarks on <see cref="RelocatableList{T}"/> hold here too. As an <see cref="IBufferWriter{T}"/> it is boxed
/// where a method takes the interface itself; a generic method that is constrained to it does not box.
/// </remarks>
/// <example>
/// <code>
/// using var packet = new RelocatableBuffer(movable);
/// packet.Write("hello"u8);
/// Console.WriteLine(packet.Length);
/// </code>
/// </example>
[DebuggerDisplay("Length = {Length}")]
public readonly struct RelocatableBuffer : IBufferWriter<byte>, IDisposable
{
    private const int LeastRoom = 256;

    private readonly RelocatableList<byte> _bytes;

    /// <summary>An empty buffer.</summary>
    /// <param name="heap">The heap that it lives in.</param>
    /// <param name="capacity">The bytes to take memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentNullException">The heap is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The heap cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The heap was disposed.</exception>
    public RelocatableBuffer(
        RelocatableHeap heap, int capacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        _bytes = new RelocatableList<byte>(heap, capacity, file, line, member);

    /// <summary>The allocation that holds the buffer; none for <c>default</c>.</summary>
    public RelocatableHandle Handle => _bytes.Handle;

    /// <summary>The number of bytes written.</summary>
    /// <exception cref="InvalidOperationException">The buffer was disposed.</exception>
    public int Length => _bytes.Count;

    /// <summary>The number of bytes that it has memory for.</summary>
    /// <exception cref="InvalidOperationException">The buffer was disposed.</exception>
    public int Capacity => _bytes.Capacity;

    /// <summary>Returns the bytes written, until the next call that allocates, resizes or compacts.</summary>
    /// <exception cref="InvalidOperationException">The buffer was disposed.</exception>
    public Span<byte> AsSpan() => _bytes.AsSpan();

    /// <summary>Writes bytes at the end.</summary>
    /// <param name="bytes">The bytes, which are copied; they may be a part of the buffer.</param>
    /// <exception cref="InvalidOperationException">It has no heap, or was disposed, or is pinned and full.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public void Write(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    /// <summary>Writes the bytes of a value as they are in memory.</summary>
    /// <param name="value">Copied.</param>
    /// <typeparam name="T">The value's type, without references.</typeparam>
    /// <exception cref="InvalidOperationException">It has no heap, or was disposed, or is pinned and full.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public void Write<T>(in T value)
        where T : unmanaged
    {
        var copy = value;
        _bytes.AddRange(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in copy)));
    }

    /// <summary>Removes all bytes and keeps the memory.</summary>
    /// <exception cref="InvalidOperationException">The buffer was disposed.</exception>
    public void Clear() => _bytes.Clear();

    /// <summary>Gives unused memory back.</summary>
    /// <exception cref="InvalidOperationException">The buffer was disposed, or is pinned.</exception>
    public void TrimExcess() => _bytes.TrimExcess();

    /// <summary>Keeps the buffer where it is until the result is disposed. It cannot grow meanwhile.</summary>
    /// <exception cref="InvalidOperationException">It has no heap, or was disposed.</exception>
    public PinnedBytes Pin() => _bytes.Pin();

    /// <inheritdoc cref="IBufferWriter{T}.Advance"/>
    /// <exception cref="InvalidOperationException">The buffer was disposed.</exception>
    public void Advance(int count)
    {
        if (unchecked((uint)count) > (uint)(Capacity - Length))
        {
            throw new ArgumentOutOfRangeException(
                nameof(count), $"{count} bytes cannot have been written; there was room for {Capacity - Length}.");
        }
        _bytes.Extend(count);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The buffer was disposed.</exception>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        return _bytes.Room(Math.Max(sizeHint, LeastRoom));
    }

    /// <summary>Always throws, because the memory of a relocatable heap moves.</summary>
    /// <exception cref="NotSupportedException">Always; use <see cref="GetSpan"/>.</exception>
    /// <exception cref="InvalidOperationException">The buffer was disposed.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException(
        "A RelocatableBuffer has no Memory<byte>, because its bytes may move. Use GetSpan.");

    /// <summary>Frees the buffer. Disposing it twice, or after its heap, does nothing.</summary>
    /// <exception cref="InvalidFreeException">The buffer is pinned.</exception>
    public void Dispose() => _bytes.Dispose();
}
