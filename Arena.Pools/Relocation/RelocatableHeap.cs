using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// Allocates any size behind handles of 8 bytes, so that live memory can be moved together, and memory use falls after
/// a peak.
/// </summary>
/// <remarks>
/// <para>
/// A handle leads to an entry, and the entry to the place of the allocation. A move changes only the entry:
/// <code>
/// handle  | generation | heap | index |
///                                 |
/// entries   ... | generation, place | ...
///                               |
/// segment   | header | contents |  free  | header | contents |     free, given back      |
/// </code>
/// The generation makes every handle of a freed allocation fail, and the heap's number every handle of another heap,
/// whatever its arena. Blocks never move by themselves: only <see cref="Compact"/> and <see cref="CompactStep"/> move
/// them.
/// </para>
/// <para>
/// A span from <see cref="Span(RelocatableHandle)"/> is valid until the next call that allocates, resizes or compacts.
/// A <see cref="Pin"/> keeps one allocation where it is for a scope. It may be read and written meanwhile, but not
/// freed or resized. Above an eighth of a segment (1 MiB; less in a small arena) an allocation is a block of the arena,
/// which never moves, because nothing would be gained. The heap is for one thread.
/// </para>
/// <para>
/// An allocation takes its bytes and 8 in front of them, rounded up to 16 together, then 8 for its entry, and less than
/// a byte for the group of its index. Contents are aligned to 16 bytes and hold whatever was there before.
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

    // Dead entries may take this share of the live bytes: lookups in groups that have all entries are faster.
    private const int ToleratedShare = 64;

    private readonly RelocationSpace _space;

    // The entries lie together, on as few pages as they need: among the contents, each lookup would touch one page
    // more.
    private readonly RelocationSpace _tableSpace;
    private readonly RelocationTable _table;
    private readonly Relocator _relocator;
    private readonly Relocator _tableRelocator;
    private readonly byte* _origin;
    private uint _number;
    private ulong _numberBits;

    // A copy of the table's pointer. Without rows no handle resolves: after Dispose, and on the fast path of Free while
    // an observer is attached.
    private ulong** _rows;
    private nuint _rowCount;
    private nuint _rowCountOfFree;

    private nuint _liveBytes;
    private nuint _largeBytes;
    private int _pinnedCount;

    // Pins end when this changes.
    private uint _pinLife;

    /// <summary>Makes a heap on an arena.</summary>
    /// <param name="arena">The arena that its memory comes from.</param>
    /// <param name="name">The name shown in errors and reports.</param>
    /// <exception cref="ArgumentNullException">The arena is null.</exception>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The process has the most such heaps that it can distinguish.
    /// </exception>
    public RelocatableHeap(PageArena arena, string name = "relocatable")
        : base(arena, name)
    {
        using var making = Register();
        _number = arena.HeapNumbers.Take(out var firstGeneration);
        if (_number == 0)
        {
            Dispose();
            throw new InvalidOperationException(
                $"{Label} in arena '{arena.Name}' gets no number: {HeapNumbers.Most} heaps of this kind exist or have "
                + "used up their handles; dispose some, or their arenas, or put more into one.");
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

    /// <summary>Bytes requested by live allocations.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint LiveBytes
    {
        get
        {
            ThrowIfDisposed();
            return _liveBytes;
        }
    }

    /// <summary>Bytes of the arena's storage that the heap holds, its tables included.</summary>
    public nuint CommittedBytes => IsDisposed
        ? 0
        : _space.CommittedBytes + _tableSpace.CommittedBytes + _largeBytes + _table.CommittedBytes;

    /// <summary>Allocations that a <see cref="Pin"/> holds at the moment.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public int PinnedCount
    {
        get
        {
            ThrowIfDisposed();
            return _pinnedCount;
        }
    }

    /// <summary>Allocates memory.</summary>
    /// <param name="byteCount">Bytes; 0 is valid, and gives a unique handle with an empty span.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>The handle. The memory holds whatever was there before.</returns>
    /// <exception cref="ArenaOutOfMemoryException">The arena or the OS has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public RelocatableHandle Allocate(
        nuint byteCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (!TryAllocate(byteCount, out var handle, out var why, new SourceLine(file, line, member)))
            Throw.OutOfMemory(this, byteCount, why!);
        return handle;
    }

    /// <summary>Allocates memory, or returns false if there is none.</summary>
    /// <param name="byteCount">Bytes; 0 is valid, and gives a unique handle.</param>
    /// <param name="handle">The handle, or none.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public bool TryAllocate(
        nuint byteCount, out RelocatableHandle handle,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        TryAllocate(byteCount, out handle, out _, new SourceLine(file, line, member));

    /// <summary>Frees an allocation.</summary>
    /// <param name="handle">A live handle of this heap.</param>
    /// <exception cref="InvalidFreeException">
    /// It is none, stale or of another heap, or it is pinned; nothing was changed.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public void Free(RelocatableHandle handle)
    {
        if (TryFindSmall(handle, _rowCountOfFree, out var block)
            && block->Pins == 0 && block->Index == handle.Index)
            GiveBack(block);
        else
            FreeSlowly(handle);
    }

    /// <summary>Returns whether a handle is live in this heap.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public bool Contains(RelocatableHandle handle)
    {
        ThrowIfDisposed();
        return Find(handle) != null;
    }

    /// <summary>Returns the bytes of an allocation, until the next call that allocates, resizes or compacts.</summary>
    /// <param name="handle">A live handle of this heap.</param>
    /// <exception cref="InvalidOperationException">
    /// It is none, stale or of another heap; or it is longer than a span, see
    /// <see cref="Span(RelocatableHandle, nuint, int)"/>.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Span(RelocatableHandle handle)
    {
        // Without the checks of a constructor: the length comes from the header.
        return TryFindSmall(handle, _rowCount, out var block)
            ? MemoryMarshal.CreateSpan(ref *RelocatableBlock.Contents(block), (int)block->SmallLength)
            : SpanOfLarge(handle);
    }

    /// <summary>Returns some of the bytes of an allocation, which may be longer than the longest span.</summary>
    /// <param name="handle">A live handle of this heap.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="length">Bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not entirely inside the allocation.</exception>
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

    /// <summary>Returns the bytes of an allocation, exactly as requested.</summary>
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
        using var call = CallIfClosed();
        var span = Span(handle);
        var block = Find(handle);
        if (block->Pins == RelocatableBlock.MostPins)
            ThrowTooManyPins(handle);
        if (block->Pins == 0)
            Compaction.PinnedCount = ++_pinnedCount;
        block->Pin();
        return new PinnedBytes(this, handle, _pinLife, span);
    }

    /// <summary>Moves allocations together, and gives the storage that becomes free back to the OS.</summary>
    /// <param name="maximumBytes">
    /// The most bytes to move. An allocation that is larger stays where it is, and so does a pinned one.
    /// </param>
    /// <returns>The work done, and whether another call with the same bound would gain nothing.</returns>
    /// <remarks>
    /// Spans are invalid afterwards; handles and pins are not. If the OS or the budget refuses storage for a move,
    /// everything stays as it is.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public CompactionResult Compact(nuint maximumBytes)
    {
        using var call = new ThreadCall(this);
        ThrowIfDisposed();
        return CompactInside(new CompactionWork(maximumBytes, maximumBytes, LeastGainShare));
    }

    /// <summary>Gives storage without live allocations back to the OS, without moving anything.</summary>
    /// <returns>Bytes given back, including those that the arena had kept.</returns>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint Trim()
    {
        using var call = new ThreadCall(this);
        ThrowIfDisposed();
        return _space.TrimAll() + _tableSpace.TrimAll() + Arena.Trim();
    }

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => IsDisposed
        ? $"{Label} (disposed)"
        : $"{Label}: {LiveCount} live of {LiveBytes} bytes in {CommittedBytes} committed, {_pinnedCount} pinned";

    internal bool IsPinAlive(uint life) => !IsDisposed && life == _pinLife;

    internal void Unpin(RelocatableHandle handle, uint life)
    {
        using var call = CallIfClosed();
        var block = Find(handle);
        if (block == null || block->Pins == 0 || life != _pinLife)
            return;
        block->Unpin();
        if (block->Pins != 0)
            return;
        Compaction.PinnedCount = --_pinnedCount;
        if (!block->IsLarge)
            _space.Unsettle(block);
    }

    private RelocatableBlock* Find(RelocatableHandle handle) =>
        TryFindSmall(handle, _rowCount, out var block) ? block : FindInGroup(handle);

    // Returns false if the handle is not live, if its allocation is large, or if its group lacks entries. Even for a
    // made-up handle, only entries are read: with another heap's number, the index is too high.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryFindSmall(RelocatableHandle handle, nuint rowCount, out RelocatableBlock* block)
    {
        var bits = handle.Bits ^ _numberBits;
        var index = bits & HandleGroup.PlaceMask;
        if ((nuint)index / HandleGroup.Count < rowCount)
        {
            var entry = _rows[index / HandleGroup.Count][index % HandleGroup.Count];
            // With the handle's generation, this is the place; otherwise it is more. If the allocation is large or the
            // index dead, the highest bit of the place is set.
            var place = unchecked(entry - (bits - index));
            block = unchecked((RelocatableBlock*)(_origin + place * RelocatableBlock.GranuleBytes));
            return place < HandleGroup.LargeBit;
        }
        block = null;
        return false;
    }
}
