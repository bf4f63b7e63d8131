namespace Arena;

/// <summary>
/// The base of an allocator of one's own that containers can live in. It turns into an <see cref="AllocatorHandle"/> by
/// itself; Dispose ends that handle, so that containers which outlive it throw and do not crash.
/// </summary>
/// <remarks>
/// A container calls it only to take, resize and free memory. Its thread rules are its own. It is not an
/// <c>Allocator</c> of an arena: observers and trackers see what it allocates only where it passes its calls on
/// to one, with the line that it was given.
/// </remarks>
/// <example>
/// <code>
/// using var counting = new CountingAllocator(heap);
/// using var list = new NativeList&lt;int&gt;(counting);
///
/// sealed class CountingAllocator(AllocatorHandle inner) : CustomAllocator("counting")
/// {
///     public long Allocations { get; private set; }
///
///     protected override nint Allocate(nuint byteCount, nuint alignment, SourceLine line)
///     {
///         Allocations++;
///         return inner.Allocate(byteCount, alignment, line.File, line.Line, line.Member);
///     }
///
///     protected override void Free(nint address, nuint byteCount) =&gt; inner.Free(address, byteCount);
/// }
/// </code>
/// </example>
public abstract class CustomAllocator : IDisposable, IMemorySource
{
    private AllocatorHandle _handle;
    private bool _isDisposed;

    /// <summary>An allocator with a name.</summary>
    /// <param name="name">Named in every error.</param>
    /// <exception cref="ArgumentException">The name is empty or blank.</exception>
    protected CustomAllocator(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
    }

    /// <summary>Named in every error.</summary>
    public string Name { get; }

    /// <summary>True once disposed.</summary>
    public bool IsDisposed => Volatile.Read(ref _isDisposed);

    string IMemorySource.Label => $"custom allocator '{Name}'";

    /// <summary>Ends its handle, then calls <see cref="Dispose(bool)"/>. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        AllocatorTable.Remove(_handle);
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    nint IMemorySource.Allocate(nuint byteCount, nuint alignment, in SourceLine line)
    {
        var address = Allocate(AtLeast1(byteCount), AtLeast16(alignment), line);
        if (address == 0)
        {
            throw new ArenaOutOfMemoryException(
                $"Custom allocator '{Name}' cannot serve {byteCount} bytes for {line}.", byteCount);
        }
        return address;
    }

    nint IMemorySource.Resize(
        nint address, nuint oldByteCount, nuint byteCount, nuint alignment, in SourceLine line) =>
        Resize(address, AtLeast1(oldByteCount), AtLeast1(byteCount), AtLeast16(alignment), line);

    void IMemorySource.Free(nint address, nuint byteCount, in SourceLine line) => Free(address, AtLeast1(byteCount));

    internal AllocatorHandle ToHandle() => AllocatorTable.HandleOf(this, ref _handle);

    /// <summary>Memory, or 0 where there is none.</summary>
    /// <param name="byteCount">Bytes, at least 1.</param>
    /// <param name="alignment">A power of two, at least 16.</param>
    /// <param name="line">The line that made the container.</param>
    protected abstract nint Allocate(nuint byteCount, nuint alignment, SourceLine line);

    /// <summary>
    /// Makes an allocation larger or smaller, in place or moved with its contents up to the smaller size. The base
    /// returns 0, "not this way": then the container allocates, copies and frees.
    /// </summary>
    /// <param name="address">What <see cref="Allocate"/> returned.</param>
    /// <param name="oldByteCount">Its bytes.</param>
    /// <param name="byteCount">Bytes from now on, at least 1.</param>
    /// <param name="alignment">The one that it was allocated with.</param>
    /// <param name="line">The line that made the container.</param>
    protected virtual nint Resize(
        nint address, nuint oldByteCount, nuint byteCount, nuint alignment, SourceLine line) => 0;

    /// <summary>Frees what <see cref="Allocate"/> or <see cref="Resize"/> returned.</summary>
    /// <param name="address">The allocation.</param>
    /// <param name="byteCount">Its bytes.</param>
    protected abstract void Free(nint address, nuint byteCount);

    /// <summary>Gives back what it holds. Called once.</summary>
    /// <param name="disposing">True: there is no finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    // A handle's caller may ask for no bytes and for any alignment; a derived class gets what it was promised.
    private static nuint AtLeast1(nuint byteCount) => nuint.Max(1, byteCount);

    private static nuint AtLeast16(nuint alignment)
    {
        if ((alignment & unchecked(alignment - 1)) != 0)
            Align.ThrowInvalid(alignment);
        return nuint.Max(AllocatorHandle.DefaultAlignment, alignment);
    }
}
