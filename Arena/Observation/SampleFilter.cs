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

    // Pinned, and owned by the collector: a late call still finds it.
    private readonly byte[] _pinned = GC.AllocateArray<byte>(1 << FilterBits, pinned: true);
    private readonly byte* _counts;

    public SampleFilter() => _counts = (byte*)Unsafe.AsPointer(ref _pinned[0]);

    /// <summary>Bytes up to the next sampling point; the allocation that reaches it is reported.</summary>
    public long BytesLeft { get; set; }

    /// <summary>Counts an allocation; false if it is to be reported.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Skips(nuint byteCount)
    {
        var left = BytesLeft - (long)byteCount;
        BytesLeft = left;
        return left > 0;
    }

    /// <summary>As <see cref="Skips"/>, but leaves an allocation uncounted that is to be reported.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySkip(nuint byteCount)
    {
        var left = BytesLeft - (long)byteCount;
        if (left <= 0)
            return false;
        BytesLeft = left;
        return true;
    }

    /// <summary>Whether an address may have been added and not removed.</summary>
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
