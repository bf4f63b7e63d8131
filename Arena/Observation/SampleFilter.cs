using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// Lets a single-threaded allocator whose only observer is a sampling one decide for itself, in a few instructions,
/// which calls to report: an allocation whose bytes reach the next sampling point and, as a free, one at an address
/// where a sampled allocation may have lived. A sample that was freed and whose place was not reused since is
/// found by calling <see cref="Allocator.IsLive"/>; so a free itself costs nothing.
/// </summary>
/// <remarks>
/// The observer draws the points: it sets <see cref="BytesLeft"/> again at each notification of an allocation. The
/// addresses are a counting filter of one hash (Fan et al., 2000): a count that reached its maximum stays there, so a
/// free of a sample is never missed, and a free of something else is reported in vain now and then.
/// </remarks>
internal sealed unsafe class SampleFilter
{
    private const int FilterBits = 12;
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    // The array is pinned and owned by the collector, so that a late call still finds it.
    private readonly byte[] _pinned = GC.AllocateArray<byte>(1 << FilterBits, pinned: true);
    private readonly byte* _counts;

    // Selects the weight of an allocation: its bytes, or one.
    private readonly long _byteMask;
    private long _atLeast;

    public SampleFilter(bool countsAllocations = false)
    {
        _byteMask = countsAllocations ? 0 : -1;
        _atLeast = countsAllocations ? 1 : 0;
        _counts = (byte*)Unsafe.AsPointer(ref _pinned[0]);
    }

    /// <summary>The bytes up to the next sampling point; the allocation that reaches it is reported.</summary>
    public long BytesLeft { get; set; }

    /// <summary>Counts an allocation. Returns false if it has to be reported.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Skips(nuint byteCount)
    {
        var left = BytesLeft - ((long)byteCount & _byteMask | _atLeast);
        BytesLeft = left;
        return left > 0;
    }

    /// <summary>Counts like <see cref="Skips"/>, but leaves an allocation uncounted if it has to be reported.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySkip(nuint byteCount)
    {
        var left = BytesLeft - ((long)byteCount & _byteMask | _atLeast);
        if (left <= 0)
            return false;
        BytesLeft = left;
        return true;
    }

    /// <summary>Counts no allocations from now on, or counts them again; any thread may call it.</summary>
    public void Rest(bool rests) => Volatile.Write(ref _atLeast, rests || _byteMask != 0 ? 0 : 1);

    /// <summary>Returns whether an address may have been added and not removed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MayHold(nuint address) => _counts[IndexOf(address)] != 0;

    public void Add(nuint address)
    {
        ref var count = ref _counts[IndexOf(address)];
        if (count != byte.MaxValue)
            count++;
    }

    public void Remove(nuint address)
    {
        ref var count = ref _counts[IndexOf(address)];
        if (count is not 0 and not byte.MaxValue)
            count--;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint IndexOf(nuint address) => (nuint)(unchecked((ulong)address * Multiplier) >> (64 - FilterBits));
}
