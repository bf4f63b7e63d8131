using System.Buffers;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// Offers an allocator's memory as <see cref="Memory{T}"/>, for APIs that take standard types: streams, pipelines,
/// sockets.
/// </summary>
/// <remarks>
/// <para>
/// After Dispose, a request for the span of the memory throws an <see cref="ObjectDisposedException"/>. An earlier span
/// is not protected: do not use it after the owner is disposed. While the memory is pinned it is not freed: the last
/// unpinning frees it.
/// </para>
/// <para>
/// It may be used and disposed by any thread that may use its allocator: one that others dispose, as pipelines do,
/// needs a <c>SharedHeap</c>. The object itself is garbage of 64 bytes.
/// </para>
/// </remarks>
/// <typeparam name="T">The values' type.</typeparam>
/// <example>
/// <code>
/// using var owner = new NativeMemoryOwner&lt;byte&gt;(heap, 4096);
/// Memory&lt;byte&gt; memory = owner.Memory;                 // for streams and sockets
/// </code>
/// </example>
public sealed unsafe class NativeMemoryOwner<T> : MemoryManager<T>
    where T : unmanaged
{
    private const int Disposed = int.MinValue;

    private readonly AllocatorHandle _allocator;
    private readonly nint _address;
    private readonly int _length;

    // The number of pins, with the top bit set once it is disposed.
    private int _pins;

    /// <summary>Takes memory, which holds whatever was there before.</summary>
    /// <param name="allocator">
    /// The allocator that it lives in: a heap, a buddy or frame allocator, or a custom one.
    /// </param>
    /// <param name="length">The number of values.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="InvalidOperationException">The handle is none.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeMemoryOwner(
        AllocatorHandle allocator, int length,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _allocator = allocator;
        _length = length;
        _address = allocator.Allocate(ByteCount, NaturalAlignment.AtLeast16<T>(), file, line, member);
    }

    /// <summary>The number of values.</summary>
    public int Length => _length;

    /// <summary>True once the owner, or its allocator, was disposed.</summary>
    public bool IsDisposed => Volatile.Read(ref _pins) < 0 || !_allocator.IsAlive;

    /// <summary>The memory.</summary>
    /// <exception cref="ObjectDisposedException">The object, or its allocator, was disposed.</exception>
    public override Memory<T> Memory
    {
        get
        {
            ThrowIfDisposed();
            return CreateMemory(_length);
        }
    }

    private nuint ByteCount => Math.Max((nuint)_length * (nuint)sizeof(T), 1);

    /// <summary>Returns the values, which are valid until the owner is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The object, or its allocator, was disposed.</exception>
    public override Span<T> GetSpan()
    {
        ThrowIfDisposed();
        return new Span<T>((void*)_address, _length);
    }

    /// <summary>Keeps the memory until the handle is disposed, even if the owner is disposed before.</summary>
    /// <param name="elementIndex">The value that the handle points to.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no value at this index.</exception>
    /// <exception cref="ObjectDisposedException">The object, or its allocator, was disposed.</exception>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length, nameof(elementIndex));
        ThrowIfAllocatorGone();
        int pins;
        do
        {
            pins = Volatile.Read(ref _pins);
            ObjectDisposedException.ThrowIf(pins < 0, this);
        }
        while (Interlocked.CompareExchange(ref _pins, pins + 1, pins) != pins);
        return new MemoryHandle((T*)_address + elementIndex, default, this);
    }

    /// <summary>Ends one pin; the handle calls it. If nothing is pinned it does nothing.</summary>
    public override void Unpin()
    {
        int pins;
        do
        {
            pins = Volatile.Read(ref _pins);
            // One unpin too many would make the owner look disposed, or alive again.
            if ((pins & ~Disposed) == 0)
                return;
        }
        while (Interlocked.CompareExchange(ref _pins, pins - 1, pins) != pins);
        if (pins - 1 == Disposed)
            Free();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_length} values of {typeof(T).Name} in {_allocator}";

    /// <summary>Frees the memory, or leaves that to the last unpinning. Disposing twice does nothing.</summary>
    /// <param name="disposing">Always true, because there is no finalizer.</param>
    protected override void Dispose(bool disposing)
    {
        int pins;
        do
        {
            pins = Volatile.Read(ref _pins);
            if (pins < 0)
                return;
        }
        while (Interlocked.CompareExchange(ref _pins, pins | Disposed, pins) != pins);
        if (pins == 0)
            Free();
    }

    // If the allocator was disposed, the memory is gone already.
    private void Free()
    {
        if (_allocator.IsAlive)
            _allocator.Free(_address, ByteCount);
    }

    private void ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _pins) < 0, this);
        ThrowIfAllocatorGone();
    }

    private void ThrowIfAllocatorGone()
    {
        if (!_allocator.IsAlive)
            AllocatorTable.Get(_allocator);
    }
}
