using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// The places that a heap hands out next while a guard samples its allocations. Allocate pops them as it pops those of
/// a magazine, but Free pushes elsewhere. So the number of places here is a number of allocations, and they are counted
/// when they come here, not when they are popped:
/// <code>
/// magazine      | place | place | place |  Free pushes here
///                  \_______\_______\______ moved in one step when the stack below is empty, and counted
/// counted       | place | place |          Allocate pops here; one fewer where the next one is to be sampled
/// </code>
/// So the fast paths stay open, and the sampled allocation is the one that finds the stack empty.
/// </summary>
internal sealed unsafe class CountedPlaces
{
    // A class has few enough places that the others can be used from the caches.
    private const int MostPlaces = 32;
    private const int MostBytes = 8 << 10;
    private const int Markers = 2;
    private const nuint LinePairBytes = 128;

    private readonly byte[] _pinned;
    private readonly nuint*[] _bottoms = new nuint*[SizeClasses.Count];
    private readonly bool[] _isNextPicked = new bool[SizeClasses.Count];

    /// <param name="heap">The fast path of the heap whose places they are.</param>
    public CountedPlaces(FastPath* heap)
    {
        var words = 0;
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
            words += CapacityOf(sizeClass) + Markers;
        _pinned = GC.AllocateArray<byte>(
            (int)LinePairBytes + sizeof(FastPath) + words * sizeof(nuint), pinned: true);
        Fast = (FastPath*)Align.Up((nuint)Unsafe.AsPointer(ref _pinned[0]), LinePairBytes);
        Fast->SegmentMask = heap->SegmentMask;
        Fast->SegmentShift = heap->SegmentShift;
        Fast->Table = FastPath.Gone->Table;
        var bottom = (nuint*)(Fast + 1);
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            // The marker of an empty stack lies below it.
            bottom++;
            _bottoms[sizeClass] = bottom;
            Top(sizeClass) = bottom;
            bottom += CapacityOf(sizeClass) + 1;
        }
    }

    /// <summary>The fast path of Allocate. Free must not use it.</summary>
    public FastPath* Fast { get; }

    /// <summary>Returns the most places of a class.</summary>
    public static int CapacityOf(int sizeClass) =>
        Math.Clamp(MostBytes / SizeClasses.BytesOf(sizeClass), 1, MostPlaces);

    /// <summary>Returns the places of a class; the last one is popped first.</summary>
    public Span<nuint> PlacesOf(int sizeClass) =>
        new(_bottoms[sizeClass], (int)(Top(sizeClass) - _bottoms[sizeClass]));

    /// <summary>Puts places into the empty stack of a class. If one follows that is sampled, says so once.</summary>
    public void Put(int sizeClass, ReadOnlySpan<nuint> places, bool isNextPicked)
    {
        places.CopyTo(new Span<nuint>(_bottoms[sizeClass], CapacityOf(sizeClass)));
        Top(sizeClass) = _bottoms[sizeClass] + places.Length;
        _isNextPicked[sizeClass] = isNextPicked;
    }

    /// <summary>Returns whether the next allocation of a class is to be sampled once its stack is empty.</summary>
    public bool IsNextPicked(int sizeClass) => _isNextPicked[sizeClass];

    /// <summary>Returns and forgets whether it is.</summary>
    public bool TakePick(int sizeClass)
    {
        var isPicked = _isNextPicked[sizeClass];
        _isNextPicked[sizeClass] = false;
        return isPicked;
    }

    /// <summary>Forgets the places of a class. What was drawn for the next allocation is drawn again.</summary>
    public void Clear(int sizeClass)
    {
        Top(sizeClass) = _bottoms[sizeClass];
        _isNextPicked[sizeClass] = false;
    }

    private ref nuint* Top(int sizeClass) => ref FastPath.Top(Fast, (nuint)sizeClass);
}
