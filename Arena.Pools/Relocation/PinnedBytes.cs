namespace Arena.Pools;

/// <summary>
/// An allocation of a <see cref="RelocatableHeap"/> that stays where it is until this is disposed. Do not copy it: each
/// <see cref="RelocatableHeap.Pin"/> ends once.
/// </summary>
/// <example><code>using var pin = movable.Pin(handle);</code></example>
public ref struct PinnedBytes
{
    private readonly Span<byte> _bytes;
    private readonly RelocatableHandle _handle;
    private readonly uint _life;
    private RelocatableHeap? _heap;

    internal PinnedBytes(RelocatableHeap heap, RelocatableHandle handle, uint life, Span<byte> bytes)
    {
        _heap = heap;
        _handle = handle;
        _life = life;
        _bytes = bytes;
    }

    /// <summary>The bytes of the allocation, which do not move until Dispose.</summary>
    /// <exception cref="ObjectDisposedException">The pin, or its heap, was disposed.</exception>
    public readonly Span<byte> Bytes
    {
        get
        {
            if (_heap is null)
                throw new ObjectDisposedException(nameof(PinnedBytes), "The pin has ended; take another one.");
            _heap.ThrowIfDisposed();
            if (!_heap.IsPinAlive(_life))
                throw new ObjectDisposedException(nameof(PinnedBytes), "The pin ended with its heap, which came back.");
            return _bytes;
        }
    }

    /// <summary>Lets the allocation move again. Disposing twice, or after the heap, does nothing.</summary>
    public void Dispose()
    {
        var heap = _heap;
        _heap = null;
        heap?.Unpin(_handle, _life);
    }
}
