using System.Diagnostics;
using System.Numerics;

namespace Arena.Pools;

/// <summary>
/// Walks the live allocations of a heap in address order, without a list and without allocating. The heap must not
/// be changed meanwhile, but for freeing the current allocation.
/// </summary>
public unsafe ref struct AllocationWalk
{
    private readonly HeapSpace _space;
    private readonly bool _isQuiet;
    private readonly long _entriesOfOthers;
    private nuint _next;
    private Segment* _segment;
    private int _word;
    private ulong _live;

    /// <param name="space">The heap's.</param>
    /// <param name="isQuiet">The caller declares that no other thread is inside; else it sees about what lives.</param>
    internal AllocationWalk(HeapSpace space, bool isQuiet = true)
    {
        _space = space;
        _isQuiet = isQuiet;
        _entriesOfOthers = space.EntriesOfOthers;
    }

    /// <summary>The current allocation.</summary>
    public Allocation Current { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly AllocationWalk GetEnumerator() => this;

    /// <summary>Goes to the next live allocation.</summary>
    public bool MoveNext()
    {
        AssertQuiet();
        while (_live == 0)
        {
            if (_segment != null && ++_word < _segment->FrameGranules / 64)
            {
                _live = _segment->LiveBits(_word);
                continue;
            }
            if (!_space.NextBlock(ref _next, out var block, out _segment))
                return false;
            _word = -1;
            if (_segment != null)
                continue;
            Current = new Allocation(block.Address, block.ByteCount);
            return true;
        }
        var granule = 64 * _word + BitOperations.TrailingZeroCount(_live);
        _live &= _live - 1;
        var sizeClass = _segment->ClassOf(granule);
        Current = new Allocation(_segment->AddressOf(granule), (nuint)SizeClasses.BytesOf(sizeClass));
        return true;
    }

    [Conditional("DEBUG")]
    private readonly void AssertQuiet()
    {
        if (!_isQuiet || _space.EntriesOfOthers == _entriesOfOthers)
            return;
        Debug.Fail(
            $"{_space.Owner.Label}: another thread was inside it while its allocations were walked. "
            + "A walk declares a quiet point: let the other threads wait until it ends.");
    }
}
