using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Any size behind handles of 8 bytes, so that what lives can be moved together and memory falls after a peak.
/// </summary>
/// <remarks>
/// <para>
/// A handle leads to an entry, and the entry to the place of the allocation. Moving it changes the entry alone:
/// <code>
/// handle  | generation | heap | index |
///                                 |
/// entries   ... | generation, place | ...
///                               |
/// segment   | header | contents |  free  | header | contents |     free, given back      |
/// </code>
/// The generation makes a handle that was freed fail exactly, and the number of the heap one of another heap, whatever
/// its arena. Blocks never move by themselves: only <see cref="Compact"/> and <see cref="CompactStep"/> move them.
/// </para>
/// <para>
/// A span from <see cref="Span(RelocatableHandle)"/> is valid until the next call that allocates, resizes or compacts.
/// A <see cref="Pin"/> keeps one allocation where it is for a scope; meanwhile it may be read and written, but not
/// freed or resized. Above an eighth of a segment (1 MiB; less in a small arena) an allocation is a block of the arena,
/// which never moves: nothing would be gained. For one thread.
/// </para>
/// <para>
/// An allocation costs its bytes, 8 in front of them, rounded up to 16 together, 8 for its entry, and a half for the
/// group of its index. Contents are aligned to 16 bytes and hold whatever was there before.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var texts = new RelocatableHeap(arena);
/// var name = texts.Allocate(40);
/// texts.Span(name).Fill((byte)' ');                            // valid until the next call that may move it
/// texts.Compact(1 &lt;&lt; 20);
/// texts.Free(name);
/// </code>
/// </example>
public sealed unsafe partial class RelocatableHeap : Allocator
{
    private const int LargestSegmentBytes = 1 << 20;
    private const int TableSegmentBytes = 256 << 10;

    private readonly RelocationSpace _space;

    // Entries lie together, on as few pages as they need: among the contents each look at one would touch a page more.
    private readonly RelocationSpace _tableSpace;
    private readonly RelocationTable _table;
    private readonly Relocator _relocator;
    private readonly Relocator _tableRelocator;
    private readonly byte* _origin;
    private readonly uint _number;
    private readonly ulong _numberBits;

    // Copied from the table. No handle resolves without groups: after Dispose, and for a free while an observer is
    // attached.
    private HandleGroup* _groups;
    private int _groupCount;
    private int _groupCountOfFree;

    private nuint _liveBytes;
    private nuint _largeBytes;
    private int _pinnedCount;

    /// <summary>A heap on an arena.</summary>
    /// <param name="arena">Where its memory comes from.</param>
    /// <param name="name">Named in every error and report.</param>
    /// <exception cref="ArgumentNullException">The arena is null.</exception>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    /// <exception cref="InvalidOperationException">The process has as many such heaps as it can tell apart.</exception>
    public RelocatableHeap(PageArena arena, string name = "relocatable")
        : base(arena, name)
    {
        using var making = Register();
        _number = HeapNumbers.Take(out var firstGeneration);
        if (_number == 0)
        {
            Dispose();
            throw new InvalidOperationException(
                $"{Label} in arena '{arena.Name}' gets no number: {HeapNumbers.Most} heaps of this kind exist or have "
                + "used up their handles; dispose some, or put more into one.");
        }
        _numberBits = (ulong)_number << RelocatableHandle.IndexBits;
        _origin = arena.Base + RelocatableBlock.HeaderBytes;
        _space = new RelocationSpace(this, LargestSegmentBytes);
        _tableSpace = new RelocationSpace(this, TableSegmentBytes);
        _table = new RelocationTable(this, _tableSpace, firstGeneration);
        _relocator = new Relocator(this, _space, _table);
        _tableRelocator = new Relocator(this, _tableSpace, _table);
        SetMade();
    }

    /// <inheritdoc/>
    public override string Kind => "relocatable heap";

    /// <summary>Live allocations.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public int LiveCount
    {
        get
        {
            ThrowIfDisposed();
            return _table.LiveCount;
        }
    }

    /// <summary>Bytes that live allocations asked for.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint LiveBytes
    {
        get
        {
            ThrowIfDisposed();
            return _liveBytes;
        }
    }

    /// <summary>Bytes of storage that it holds of the arena, its tables included.</summary>
    public nuint CommittedBytes => IsDisposed
        ? 0
        : _space.CommittedBytes + _tableSpace.CommittedBytes + _largeBytes + _table.CommittedBytes;

    /// <summary>Allocations that a <see cref="Pin"/> holds now.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public int PinnedCount
    {
        get
        {
            ThrowIfDisposed();
            return _pinnedCount;
        }
    }

    /// <summary>Allocates.</summary>
    /// <param name="byteCount">Bytes; 0 gives a handle of its own as well, with an empty span.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>Its handle. The memory holds whatever was there before.</returns>
    /// <exception cref="ArenaOutOfMemoryException">The arena or the OS cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public RelocatableHandle Allocate(
        nuint byteCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (!TryAllocate(byteCount, out var handle, out var why, file, line, member))
            Throw.OutOfMemory(this, byteCount, why!);
        return handle;
    }

    /// <summary>Allocates, or returns false where it cannot be served.</summary>
    /// <param name="byteCount">Bytes; 0 gives a handle of its own as well.</param>
    /// <param name="handle">Its handle, or none.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public bool TryAllocate(
        nuint byteCount, out RelocatableHandle handle,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        TryAllocate(byteCount, out handle, out _, file, line, member);

    /// <summary>Frees an allocation.</summary>
    /// <param name="handle">A live handle of this heap.</param>
    /// <exception cref="InvalidFreeException">
    /// It is none, stale or of another heap, or it is pinned; nothing was changed.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public void Free(RelocatableHandle handle)
    {
        var block = Find(handle, _groupCountOfFree);
        if (block != null && block->Pins == 0 && block->Index == handle.Index)
            GiveBack(block);
        else
            FreeSlowly(handle);
    }

    /// <summary>Whether a handle is live here. Anything may be asked.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public bool Contains(RelocatableHandle handle)
    {
        ThrowIfDisposed();
        return Find(handle, _groupCount) != null;
    }

    /// <summary>
    /// The bytes of an allocation, until the next call that allocates, resizes or compacts.
    /// </summary>
    /// <param name="handle">A live handle of this heap.</param>
    /// <exception cref="InvalidOperationException">
    /// It is none, stale or of another heap; or it is longer than a span, see
    /// <see cref="Span(RelocatableHandle, nuint, int)"/>.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Span(RelocatableHandle handle)
    {
        var block = Find(handle, _groupCount);
        return block != null && !block->IsLarge
            ? new Span<byte>(RelocatableBlock.Contents(block), (int)block->SmallLength)
            : SpanOfLarge(handle);
    }

    /// <summary>Some of the bytes of an allocation, which may be longer than a span can be.</summary>
    /// <param name="handle">A live handle of this heap.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="length">Bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not all lie in the allocation.</exception>
    /// <exception cref="InvalidOperationException">The handle is none, stale or of another heap.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public Span<byte> Span(RelocatableHandle handle, nuint start, int length)
    {
        var block = FindLive(handle);
        var whole = RelocatableBlock.Length(block);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, whole);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((nuint)length, whole - start, nameof(length));
        return new Span<byte>(RelocatableBlock.Contents(block) + start, length);
    }

    /// <summary>Bytes of an allocation, exactly as many as were asked for.</summary>
    /// <param name="handle">A live handle of this heap.</param>
    /// <exception cref="InvalidOperationException">The handle is none, stale or of another heap.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint ByteCount(RelocatableHandle handle) => RelocatableBlock.Length(FindLive(handle));

    /// <summary>
    /// Keeps an allocation where it is until the result is disposed. Pins of one allocation may overlap.
    /// </summary>
    /// <param name="handle">A live handle of this heap.</param>
    /// <exception cref="InvalidOperationException">
    /// It is none, stale or of another heap, or it has 65,535 pins already.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    /// <example><code>using var pin = movable.Pin(handle); pin.Bytes.Clear();</code></example>
    public PinnedBytes Pin(RelocatableHandle handle)
    {
        var span = Span(handle);
        var block = Find(handle, _groupCount);
        if (block->Pins == RelocatableBlock.MostPins)
            ThrowTooManyPins(handle);
        if (block->Pins == 0)
            _pinnedCount++;
        block->Pin();
        return new PinnedBytes(this, handle, span);
    }

    /// <summary>Moves allocations together, and gives the storage that becomes free back to the OS.</summary>
    /// <param name="maximumBytes">
    /// Bytes to move at most. An allocation that is larger than this stays where it is, and so does what is pinned.
    /// </param>
    /// <returns>What was done. It is done when another call with the same bound would gain nothing.</returns>
    /// <remarks>
    /// Spans are invalid afterwards; handles and pins are not. What the OS or the budget refuses leaves everything as
    /// it is.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public CompactionResult Compact(nuint maximumBytes)
    {
        ThrowIfDisposed();
        var left = maximumBytes;
        var (freed, isDone) = (default(nuint), _table.TryShrink(maximumBytes, ref left));
        isDone &= _tableRelocator.TryFinish(maximumBytes, ref left, ref freed, out _);
        isDone &= _relocator.TryFinish(maximumBytes, ref left, ref freed, out var failure);
        var result = new CompactionResult(maximumBytes - left, freed, isDone);
        _moved += (long)result.MovedBytes;
        _freed += (long)result.FreedBytes;
        Throw.If(failure);
        return result;
    }

    /// <summary>Gives the storage of everything that is not live back to the OS, without moving anything.</summary>
    /// <returns>Bytes really given back, those that the arena kept included.</returns>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint Trim()
    {
        ThrowIfDisposed();
        return _space.TrimAll() + _tableSpace.TrimAll() + Arena.Trim();
    }

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => IsDisposed
        ? $"{Label} (disposed)"
        : $"{Label}: {LiveCount} live of {LiveBytes} bytes in {CommittedBytes} committed, {_pinnedCount} pinned";

    internal void Unpin(RelocatableHandle handle)
    {
        var block = Find(handle, _groupCount);
        if (block == null || block->Pins == 0)
            return;
        block->Unpin();
        if (block->Pins != 0)
            return;
        _pinnedCount--;
        if (!block->IsLarge)
            _space.Unsettle(block);
    }

    // Null where the handle is not live. Nothing but entries is read, of a handle that was made up, too.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RelocatableBlock* Find(RelocatableHandle handle, int groupCount)
    {
        var bits = handle.Bits;
        var number = (nuint)(bits & RelocatableHandle.IndexMask) / HandleGroup.Count;
        if (number >= (nuint)groupCount)
            return null;
        var group = _groups + number;
        var place = (int)(bits & (HandleGroup.Count - 1));
        if ((group->Live >> place & 1) == 0)
            return null;
        var entry = *group->EntryOf(place);
        if (((entry & ~HandleGroup.PlaceMask) | _numberBits) != (bits & ~RelocatableHandle.IndexMask))
            return null;
        // The place, in granules, without the generation above it.
        return (RelocatableBlock*)(_origin + (entry << (64 - HandleGroup.PlaceBits) >> (60 - HandleGroup.PlaceBits)));
    }
}
