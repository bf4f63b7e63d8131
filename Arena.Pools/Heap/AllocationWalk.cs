using System.Numerics;

namespace Arena.Pools;

/// <summary>
/// Walks the live allocations of a heap in address order, without a list and without allocating. The heap must not
/// be changed meanwhile, but for freeing the current allocation.
/// </summary>
public unsafe ref struct AllocationWalk
{
    private readonly Heap _heap;
    private nuint _next;
    private HeapSlab* _slab;
    private int _word;
    private ulong _live;

    internal AllocationWalk(Heap heap) => _heap = heap;

    /// <summary>The current allocation.</summary>
    public Allocation Current { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly AllocationWalk GetEnumerator() => this;

    /// <summary>Goes to the next live allocation.</summary>
    public bool MoveNext()
    {
        while (_live == 0)
        {
            if (_slab != null && ++_word < _slab->WordCount)
            {
                _live = _slab->Live[_word];
                continue;
            }
            if (!_heap.NextSlab(ref _next, out _slab))
                return false;
            _word = 0;
            _live = _slab->Live[0];
        }
        var index = 64 * _word + BitOperations.TrailingZeroCount(_live);
        _live &= _live - 1;
        Current = new Allocation(_slab->First + (nuint)index * _slab->StrideBytes, _slab->GrantedBytes);
        return true;
    }
}
