using System.Buffers;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// Values in an allocator's memory as <see cref="Memory{T}"/>, for what takes standard types: streams, pipelines,
/// sockets.
/// </summary>
/// <remarks>
/// <para>
/// After Dispose whoever still has the memory gets an <see cref="ObjectDisposedException"/> when asking for its span. A
/// span that was asked for before is not protected: let nothing use it when the owner is disposed. While the memory is
/// pinned it is not freed: the last unpinning frees it.
/// </para>
/// <para>
/// It may be used and disposed by any thread that may use its allocator: one that others dispose, as pipelines do,
/// needs a <c>SharedHeap</c>. The object itself is garbage of 64 bytes.
/// </para>
/// </remarks>
/// <typeparam name="T">The values' type.</typeparam>
public sealed unsafe class NativeMemoryOwner<T> : MemoryManager<T>
    where T : unmanaged
{
    private const int Disposed = int.MinValue;

    private readonly AllocatorHandle _allocator;
    private readonly nint _address;
    private readonly int _length;

    // How often it is pinned, with the top bit once it is disposed.
    private int _pins;

    /// <summary>Takes memory, which holds whatever was there before.</summary>
    /// <param name="allocator">Where it lives: a heap, a buddy or frame allocator, or one of your own.</param>
    /// <param name="length">Values.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="InvalidOperationException">The handle is none.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator cannot serve it.</exception>
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

    /// <summary>Values in it.</summary>
    public int Length => _length;

    /// <summary>True once disposed, itself or with its allocator.</summary>
    public bool IsDisposed => Volatile.Read(ref _pins) < 0 || !_allocator.IsAlive;

    /// <summary>The memory.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its allocator.</exception>
    public override Memory<T> Memory
    {
        get
        {
            ThrowIfDisposed();
            return CreateMemory(_length);
        }
    }

    private nuint ByteCount => Math.Max((nuint)_length * (nuint)sizeof(T), 1);

    /// <summary>The values, until it is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its allocator.</exception>
    public override Span<T> GetSpan()
    {
        ThrowIfDisposed();
        return new Span<T>((void*)_address, _length);
    }

    /// <summary>Keeps the memory until the handle is disposed, also where the owner is disposed before.</summary>
    /// <param name="elementIndex">The value that the handle points to.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or its allocator.</exception>
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

    /// <summary>Ends one pinning: called by the handle. Where nothing is pinned it does nothing.</summary>
    public override void Unpin()
    {
        int pins;
        do
        {
            pins = Volatile.Read(ref _pins);
            // Disposed or not: one too many would make it look disposed, or alive again.
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
    /// <param name="disposing">True: there is no finalizer.</param>
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

    // What lived in an allocator that is gone is gone with it.
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
