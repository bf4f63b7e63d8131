namespace Arena;

/// <summary>
/// The base of a program's own allocators that containers can live in. It converts to an <see cref="AllocatorHandle"/>
/// implicitly; Dispose ends that handle, so that containers which outlive it throw and do not crash.
/// </summary>
/// <remarks>
/// A container calls it only to take, resize and free memory. The derived class sets its own thread rules. It is not an
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

    /// <summary>Makes an allocator with a name.</summary>
    /// <param name="name">The name shown in errors.</param>
    /// <exception cref="ArgumentException">The name is empty or blank.</exception>
    protected CustomAllocator(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
    }

    /// <summary>The name shown in errors.</summary>
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

    /// <summary>Allocates memory, or returns 0 if there is none.</summary>
    /// <param name="byteCount">Bytes, at least 1.</param>
    /// <param name="alignment">A power of two, at least 16.</param>
    /// <param name="line">The line that made the container.</param>
    protected abstract nint Allocate(nuint byteCount, nuint alignment, SourceLine line);

    /// <summary>
    /// Resizes an allocation, in place or by a move that keeps the contents up to the smaller size. The base method
    /// returns 0, so that the container allocates, copies and frees.
    /// </summary>
    /// <param name="address">The address that <see cref="Allocate"/> returned.</param>
    /// <param name="oldByteCount">The bytes of the allocation.</param>
    /// <param name="byteCount">Bytes from now on, at least 1.</param>
    /// <param name="alignment">The alignment that it was allocated with.</param>
    /// <param name="line">The line that made the container.</param>
    protected virtual nint Resize(
        nint address, nuint oldByteCount, nuint byteCount, nuint alignment, SourceLine line) => 0;

    /// <summary>Frees an allocation of <see cref="Allocate"/> or <see cref="Resize"/>.</summary>
    /// <param name="address">The allocation.</param>
    /// <param name="byteCount">The bytes of the allocation.</param>
    protected abstract void Free(nint address, nuint byteCount);

    /// <summary>Gives back everything that it holds. It is called once.</summary>
    /// <param name="disposing">Always true, because there is no finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    // A handle's caller may request 0 bytes and any alignment; a derived class gets the ranges that it was promised.
    private static nuint AtLeast1(nuint byteCount) => nuint.Max(1, byteCount);

    private static nuint AtLeast16(nuint alignment)
    {
        if ((alignment & unchecked(alignment - 1)) != 0)
            Align.ThrowInvalid(alignment);
        return nuint.Max(AllocatorHandle.DefaultAlignment, alignment);
    }
}
