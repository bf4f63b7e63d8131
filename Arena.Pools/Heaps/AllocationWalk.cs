using System.Diagnostics;
using System.Numerics;

namespace Arena.Pools;

/// <summary>
/// Walks the live allocations of a heap in address order, without a list and without allocating, by the rule of all
/// walks: what the loop's body freed is not shown, and what it allocated may be shown. The walk goes no farther than
/// the arena's blocks reached when it began. After Dispose, of the heap or its arena, its next step throws an
/// <see cref="ObjectDisposedException"/>.
/// </summary>
/// <example>
/// <code>
/// AllocationWalk walk = heap.Allocations();
/// while (walk.MoveNext())
///     Console.WriteLine(walk.Current.ByteCount);
/// </code>
/// </example>
public unsafe ref struct AllocationWalk
{
    private readonly HeapBlocks _blocks;
    private readonly bool _isQuiet;
    private readonly long _entriesOfOthers;
    private readonly nuint _end;
    private nuint _next;
    private Segment* _segment;
    private int _granule;

    /// <param name="blocks">The blocks of the heap.</param>
    /// <param name="isQuiet">
    /// True if the caller declares that no other thread is inside; if not, the walk shows approximately what lives.
    /// </param>
    internal AllocationWalk(HeapBlocks blocks, bool isQuiet = true)
    {
        _blocks = blocks;
        _isQuiet = isQuiet;
        _entriesOfOthers = blocks.EntriesOfOthers;
        _end = blocks.Arena.KnownBytes;
    }

    /// <summary>The current allocation.</summary>
    public Allocation Current { get; private set; }

    /// <summary>Returns the walk itself, for <c>foreach</c>.</summary>
    public readonly AllocationWalk GetEnumerator() => this;

    /// <summary>Goes to the next live allocation.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public bool MoveNext()
    {
        while (MoveNextPlace())
        {
            if (_blocks.Owner.Guard is not { } guard)
                return true;
            var (address, byteCount) = ((nuint)Current.Address, Current.ByteCount);
            if (!guard.TryShow(ref address, ref byteCount))
                continue;
            Current = new Allocation((void*)address, byteCount);
            return true;
        }
        return false;
    }

    /// <summary>Goes to the next place that is taken, for an allocation or by a guard.</summary>
    internal bool MoveNextPlace()
    {
        AssertQuiet();
        _blocks.Owner.ThrowIfDisposed();
        while (!TryNextInSegment())
        {
            if (_next >= _end || !_blocks.NextBlock(ref _next, out var block, out _segment))
            {
                _segment = null;
                _next = _end;
                return false;
            }
            _granule = 0;
            if (_segment != null)
                continue;
            Current = new Allocation(block.Address, block.ByteCount);
            return true;
        }
        return true;
    }

    // The live bits are read again at each step, if the segment still exists.
    private bool TryNextInSegment()
    {
        if (_segment == null || _blocks.Find(_segment) != _segment)
            return false;
        for (var from = _granule; from < _segment->GranuleCount; from = (from | 63) + 1)
        {
            var live = _segment->LiveBits(from >> 6) & (ulong.MaxValue << from);
            if (live == 0)
                continue;
            var granule = (from & ~63) + BitOperations.TrailingZeroCount(live);
            _granule = granule + 1;
            var sizeClass = _segment->ClassOf(granule);
            Current = new Allocation(_segment->AddressOf(granule), (nuint)SizeClasses.BytesOf(sizeClass));
            return true;
        }
        return false;
    }

    [Conditional("DEBUG")]
    private readonly void AssertQuiet()
    {
        if (!_isQuiet || _blocks.EntriesOfOthers == _entriesOfOthers)
            return;
        Debug.Fail(
            $"{_blocks.Owner.Label}: another thread was inside it while its allocations were walked. "
            + "A walk declares a quiet point: let the other threads wait until it ends.");
    }
}
