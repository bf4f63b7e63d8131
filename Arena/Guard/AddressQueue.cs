namespace Arena;

/// <summary>A queue of addresses, which grows, and makes no garbage once it is large enough.</summary>
internal sealed class AddressQueue
{
    private nuint[] _ring = new nuint[64];
    private int _first;

    public int Count { get; private set; }

    public nuint First => _ring[_first];

    public void Add(nuint address)
    {
        if (Count == _ring.Length)
            Grow();
        _ring[(_first + Count) & (_ring.Length - 1)] = address;
        Count++;
    }

    public nuint Take()
    {
        var address = _ring[_first];
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
        return address;
    }

    private void Grow()
    {
        var ring = new nuint[2 * _ring.Length];
        for (var i = 0; i < Count; i++)
            ring[i] = _ring[(_first + i) & (_ring.Length - 1)];
        (_ring, _first) = (ring, 0);
    }
}
