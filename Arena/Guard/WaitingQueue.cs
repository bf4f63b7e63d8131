using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// Freed places in the order in which they were freed; it grows and makes no garbage once it is large enough.
/// </summary>
internal struct WaitingQueue()
{
    private WaitingPlace[] _ring = new WaitingPlace[64];
    private int _first;

    public int Count { readonly get; private set; }

    public readonly ref readonly WaitingPlace First => ref At(_first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in WaitingPlace place)
    {
        if (Count == _ring.Length)
            Grow();
        At(_first + Count) = place;
        Count++;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RemoveFirst()
    {
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
    }

    // The length is a power of two.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ref WaitingPlace At(int number)
    {
        var ring = _ring;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(ring), (uint)number & (uint)(ring.Length - 1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        var ring = new WaitingPlace[2 * _ring.Length];
        for (var i = 0; i < Count; i++)
            ring[i] = At(_first + i);
        (_ring, _first) = (ring, 0);
    }
}

/// <summary>A place in quarantine, with all that is needed to give it back without reading its memory.</summary>
internal struct WaitingPlace
{
    /// <summary>A <see cref="Number"/> that says nothing.</summary>
    public const uint NoNumber = uint.MaxValue;

    public nuint Address;
    public nuint PlaceBytes;
    public uint FrontBytes;
    public uint FreedFrame;

    /// <summary>The number by which the allocator finds the place again.</summary>
    public uint Number;
}
