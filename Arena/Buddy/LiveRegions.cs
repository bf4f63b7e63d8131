namespace Arena;

/// <summary>
/// Enumerates the live regions of a buddy in address order, from its order bytes: <c>foreach</c> without a list and
/// without an allocation. Freeing the current region is allowed.
/// </summary>
internal unsafe struct LiveRegions(BuddyTree* tree, nuint firstAtom = 0)
{
    private nuint _nextAtom = firstAtom;

    /// <summary>The first byte of the current region and its bytes.</summary>
    public (nuint Address, nuint ByteCount) Current { get; private set; }

    public readonly LiveRegions GetEnumerator() => this;

    public bool MoveNext()
    {
        var rest = new ReadOnlySpan<byte>(tree->OrderBytes + _nextAtom, (int)(tree->AtomCount - _nextAtom));
        var next = rest.IndexOfAnyExcept((byte)0);
        if (next < 0)
            return false;
        var atom = _nextAtom + (nuint)next;
        var order = tree->OrderBytes[atom] - 1;
        Current = ((nuint)tree->Base + (atom << tree->AtomShift), (nuint)1 << (order + tree->AtomShift));
        _nextAtom = atom + ((nuint)1 << order);
        return true;
    }
}
