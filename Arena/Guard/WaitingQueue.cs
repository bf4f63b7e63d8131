namespace Arena;

/// <summary>
/// Freed places in the order in which they were freed; it grows and makes no garbage once it is large enough.
/// </summary>
internal sealed class WaitingQueue
{
    private WaitingPlace[] _ring = new WaitingPlace[64];
    private int _first;

    public int Count { get; private set; }

    public ref readonly WaitingPlace First => ref _ring[_first];

    public void Add(in WaitingPlace place)
    {
        if (Count == _ring.Length)
            Grow();
        _ring[(_first + Count) & (_ring.Length - 1)] = place;
        Count++;
    }

    public void RemoveFirst()
    {
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
    }

    private void Grow()
    {
        var ring = new WaitingPlace[2 * _ring.Length];
        for (var i = 0; i < Count; i++)
            ring[i] = _ring[(_first + i) & (_ring.Length - 1)];
        (_ring, _first) = (ring, 0);
    }
}

/// <summary>A place in quarantine, with all that is needed to give it back without reading its memory.</summary>
internal struct WaitingPlace
{
    public nuint Address;
    public nuint PlaceBytes;
    public uint FrontBytes;
    public uint FreedFrame;
}
