using System.Diagnostics;

namespace Arena.Pools;

// Compares the state of the fast path with the bitmaps.
public sealed unsafe partial class Pool<T>
{
    /// <summary>
    /// Asserts the pool's invariants between two calls: the slab and word in use, the hot slot, and everything that
    /// <see cref="SlabSet.Recount"/> asserts. They do not hold for a pool that two threads have used at the same time.
    /// </summary>
    [Conditional("DEBUG")]
    private void Recount()
    {
        if (_guard.IsBroken || IsEnding || _slabs is null)
            return;
        var entered = _word == NoWord ? _sampledWord : _words + _word;
        Debug.Assert(_word == NoWord || _sampledWord == PoolConstants.NoWord, "the pool is in one word");
        Debug.Assert(_word != NoWord || Bits == 0, "the bits are those of a word");
        Debug.Assert(IsKnown(_slabInUse) && IsKnown(_otherSlab) && IsKnown(_spareSlab), "hints name slabs of the pool");
        Debug.Assert(_bits == 0 || _observedBits == 0, "one of the two paths has the bits");
        if (_isOpen)
        {
            Debug.Assert(_slabInUse != null, "an open fast path has a slab");
            Debug.Assert(
                _slotCount == 0 || _slotCount == (nuint)_geometry.State(_slabInUse).SlotCount,
                "the fast path knows the slots of its slab");
            Debug.Assert(
                _word == NoWord || (Bits & ~_slabs.FullWord(_slabInUse, (int)_word)) == 0, "a free slot exists");
        }
        if (Hot is var hot && hot != null)
        {
            var word = WordOf(hot, out var bit);
            Debug.Assert(word != null, "the hot slot is a slot");
            Debug.Assert(((IsEntered(word) ? Bits : *word) & bit) == 0, "the bit of the hot slot says used");
        }
        _slabs.Recount(entered);
    }

    private bool IsKnown(byte* slab)
    {
        if (slab == null)
            return true;
        var position = _slabs.PositionOf(slab);
        return position < _slabs.Count && _slabs[position] == slab;
    }
}
