using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// Allocates memory that never moves when it grows: each allocation has addresses for its largest possible size, and
/// storage for its present one. References and spans into a container that lives here stay valid while it grows.
/// </summary>
/// <remarks>
/// <para>
/// <code>
/// | storage: pages in use | addresses only, up to MaximumBytes ................. | the next allocation ...
///   grows to the right, a page at a time; what it shrinks by goes back to the operating system
/// </code>
/// </para>
/// <para>
/// Addresses cost only a part of the arena's reservation; an allocation takes whole pages, and each growth a call to
/// the OS. Use it for a few long arrays, and a heap for many short ones. Containers allocate from it through the
/// <see cref="AllocatorHandle"/> that it converts to: <c>new NativeList&lt;Vector3&gt;(sparse)</c>. Any thread may call
/// it.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var sparse = new SparseAllocator(arena, 1 &lt;&lt; 30);      // addresses; pages come as the list grows
/// using var log = new NativeList&lt;long&gt;(sparse);                // never moves
/// log.Add(42);
/// </code>
/// </example>
public sealed unsafe partial class SparseAllocator : Allocator, IMemorySource
{
    private readonly Lock _lock = new();

    // The bytes with storage of each allocation, by its address; its block is larger.
    private readonly Dictionary<nint, nuint> _live = [];
    private nuint _liveBytes;

    /// <summary>Makes an allocator on an arena. It takes no memory before the first allocation.</summary>
    /// <param name="arena">The arena that its addresses and pages come from.</param>
    /// <param name="maximumBytes">The largest size of one allocation, rounded up to pages.</param>
    /// <param name="name">The name shown in errors and reports.</param>
    /// <exception cref="ArgumentNullException">The arena is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="maximumBytes"/> is 0, or more than the arena's reservation.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public SparseAllocator(PageArena arena, nuint maximumBytes, string name = "sparse")
        : base(arena, name)
    {
        ArgumentOutOfRangeException.ThrowIfZero(maximumBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maximumBytes, arena.ReservedBytes);
        MaximumBytes = arena.GrantedBytes(maximumBytes);
        using var making = Register();
        SetMade();
    }

    /// <inheritdoc/>
    public override string Kind => "sparse allocator";

    /// <summary>The largest size of one allocation.</summary>
    public nuint MaximumBytes { get; }

    /// <summary>The number of live allocations.</summary>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public int LiveCount
    {
        get
        {
            lock (_lock)
            {
                ThrowIfDisposed();
                return _live.Count;
            }
        }
    }

    /// <summary>The bytes of storage of the live allocations, in whole pages.</summary>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public nuint LiveBytes
    {
        get
        {
            lock (_lock)
            {
                ThrowIfDisposed();
                return _liveBytes;
            }
        }
    }

    string IMemorySource.Label => Label;

    internal override bool IsShared => true;

    /// <summary>Returns the allocator's handle, for containers.</summary>
    /// <exception cref="ArgumentNullException">The allocator is null.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public static implicit operator AllocatorHandle(SparseAllocator allocator) => HandleOf(allocator);

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => IsDisposed
        ? $"{Label} (disposed)"
        : $"{Label}: {LiveCount} live allocations of {LiveBytes} bytes, {MaximumBytes} each at most";

    nint IMemorySource.Allocate(nuint byteCount, nuint alignment, in SourceLine line)
    {
        var granted = Arena.GrantedBytes(byteCount);
        var why = WhyTooLarge(granted) ?? WhyRefused(granted);
        nint address = 0;
        if (why is null)
        {
            lock (_lock)
                why = Take(granted, alignment, out address);
        }
        if (why is not null)
            Throw.OutOfMemory(this, byteCount, why);
        NotifyAllocated((void*)address, granted, in line);
        return address;
    }

    nint IMemorySource.Resize(
        nint address, nuint oldByteCount, nuint byteCount, nuint alignment, in SourceLine line)
    {
        var granted = Arena.GrantedBytes(byteCount);
        var old = BytesOf(address);
        if (granted == old)
            return address;
        var why = WhyTooLarge(granted) ?? WhyGrowthRefused(old, granted);
        if (why is null)
        {
            lock (_lock)
                why = Change(address, old, granted);
        }
        if (why is not null)
            Throw.OutOfMemory(this, byteCount, why);
        var changed = (void*)address;
        if (NotifyResized(changed, old, changed, granted, in line) is { } failure)
        {
            // The allocation grows back, unless the OS refuses or others took the budget.
            lock (_lock)
                _ = Change(address, granted, old);
            Throw.If(failure);
        }
        return address;
    }

    void IMemorySource.Free(nint address, nuint byteCount, in SourceLine line)
    {
        var failure = NotifyFreed(unchecked((void*)address), BytesOf(address));
        lock (_lock)
            GiveBack(address);
        Throw.If(failure);
    }

    internal override void Walk(IMemoryVisitor visitor)
    {
        ThrowIfDisposed();
        foreach (var (address, byteCount) in LiveInOrder())
        {
            visitor.Block(new BlockPicture((nuint)address, byteCount, byteCount, 0));
            visitor.Live((nuint)address, byteCount);
        }
    }

    internal override LiveTotals CountLive() => IsDisposed ? default : new LiveTotals(LiveCount, LiveBytes);

    internal override LeakNotice? FindLeaks()
    {
        if (LiveCount == 0)
            return null;
        var addresses = LiveInOrder().Take(LeakNotice.MaximumAddresses).Select(live => (nuint)live.Key);
        return Notice(LiveCount, LiveBytes, [.. addresses]);
    }

    internal override void Close()
    {
        foreach (var address in _live.Keys.ToArray())
            GiveBack(address);
    }

    internal override void Undo(void* address, nuint byteCount)
    {
        lock (_lock)
            GiveBack((nint)address);
    }

    internal override void ObserversChanged()
    {
    }

    private string? WhyTooLarge(nuint byteCount) => byteCount > MaximumBytes
        ? $"one allocation has at most {MaximumBytes} bytes here; a larger maximumBytes helps"
        : null;

    private string? Take(nuint byteCount, nuint alignment, out nint address)
    {
        address = 0;
        ThrowIfDisposed();
        var why = Arena.LendAddresses(MaximumBytes, alignment, OwnerToken, out var block);
        if (why is not null)
            return why;
        why = Arena.Commit(block.Address, byteCount, OwnerToken, out _);
        if (why is not null)
        {
            Arena.TakeBack(block, OwnerToken);
            return why;
        }
        address = (nint)block.Address;
        _live.Add(address, byteCount);
        _liveBytes += byteCount;
        return null;
    }

    // Changes the size. Returns null, or why it cannot grow; then the allocation is unchanged.
    private string? Change(nint address, nuint old, nuint byteCount)
    {
        ThrowIfDisposed();
        if (byteCount > old)
        {
            var why = Arena.Commit((byte*)address + old, byteCount - old, OwnerToken, out _);
            if (why is not null)
                return why;
        }
        else
        {
            Arena.Decommit((byte*)address + byteCount, old - byteCount, OwnerToken);
        }
        CollectionsMarshal.GetValueRefOrNullRef(_live, address) = byteCount;
        _liveBytes = _liveBytes + byteCount - old;
        return null;
    }

    private void GiveBack(nint address)
    {
        if (!_live.Remove(address, out var byteCount))
            return;
        _liveBytes -= byteCount;
        Arena.TakeBack(new Block((void*)address, MaximumBytes), OwnerToken);
    }

    private nuint BytesOf(nint address)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            if (_live.TryGetValue(address, out var byteCount))
                return byteCount;
        }
        var start = unchecked((void*)address); // any number may be given
        Throw.InvalidFree(this, start, $"no live allocation starts there; {Arena.Describe(start)}.");
        return 0;
    }

    private List<KeyValuePair<nint, nuint>> LiveInOrder()
    {
        lock (_lock)
            return [.. _live.OrderBy(live => live.Key)];
    }
}
