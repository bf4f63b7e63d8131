using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Arena;

/// <summary>
/// Which memory of an arena is free and was filled with the pattern of freed memory: a bit for each granule of four
/// bytes, in parts of 64 KiB for 2 MiB of addresses, made as they are needed. A map's value may begin four bytes behind
/// its slot, so granules of eight would leave its first bytes out.
/// <code>
/// addresses   | slot, freed       | slot, live        | slot, freed       |
/// bits        | 1 1 1 1 1 1 1 1 1 | 0 0 0 0 0 0 0 0 0 | 1 1 1 1 1 1 1 1 1 |
/// </code>
/// Freed memory is never written by an allocator, so a set bit whose granule is not the pattern is a write after free.
/// A bit belongs to no allocation, so freed neighbours may merge and be handed out in other pieces.
/// </summary>
/// <remarks>
/// A word of bits covers 256 bytes. Threads that change bits of one page at a time hold the lock of that page's
/// allocator. The table of parts may grow while other threads look.
/// </remarks>
internal sealed unsafe class PoisonMap(nuint baseAddress)
{
    private const int GranuleShift = 2;
    private const nuint GranuleBytes = 1 << GranuleShift;
    private const int PartShift = 21;
    private const int PartWords = 1 << (PartShift - GranuleShift - 6);
    private const int GranulesInPartShift = PartShift - GranuleShift;

    private readonly Lock _growing = new();
    private ulong[]?[] _parts = new ulong[]?[16];

    /// <summary>Sets the bits of the whole granules in [from, end).</summary>
    public void Mark(nuint from, nuint end)
    {
        var granule = (from - baseAddress + GranuleBytes - 1) >> GranuleShift;
        var last = (end - baseAddress) >> GranuleShift;
        if (IsInWord(granule, last) && PartOf(granule) is { } part)
            WordIn(part, granule) |= MaskInWord(granule, last);
        else
            MarkWords(granule, last);
    }

    /// <summary>Clears all bits in [from, end).</summary>
    public void Forget(nuint from, nuint end)
    {
        var granule = (from - baseAddress) >> GranuleShift;
        var last = (end - baseAddress) >> GranuleShift;
        while (granule < last)
        {
            if (PartOf(granule) is not { } part)
            {
                granule = ((granule >> GranulesInPartShift) + 1) << GranulesInPartShift;
                continue;
            }
            WordIn(part, granule) &= ~MaskOf(granule, last);
            granule = (granule | 63) + 1;
        }
    }

    /// <summary>
    /// Returns the first byte in [from, end) that is marked and is not the pattern; 0 if there is none.
    /// </summary>
    /// <param name="from">The start of the range.</param>
    /// <param name="end">The end of the range.</param>
    /// <param name="forgets">True to clear the bits that were looked at: all, or those up to the damage.</param>
    public nuint FindDamage(nuint from, nuint end, bool forgets)
    {
        var granule = (from - baseAddress) >> GranuleShift;
        var last = (end - baseAddress + GranuleBytes - 1) >> GranuleShift;
        return IsInWord(granule, last) && PartOf(granule) is { } part
            ? FindInWord(ref WordIn(part, granule), granule, last, forgets)
            : FindInWords(granule, last, forgets);
    }

    /// <summary>Asks the processor to fetch the bits of an address, which is about to be looked at.</summary>
    public void Prefetch(nuint address)
    {
        var granule = (address - baseAddress) >> GranuleShift;
        if (Sse.IsSupported && PartOf(granule) is { } part)
            Sse.Prefetch0(Unsafe.AsPointer(ref WordIn(part, granule)));
    }

    // Most allocations: all bits in one word, and one run of them.
    private nuint FindInWord(ref ulong word, nuint granule, nuint last, bool forgets)
    {
        var mask = MaskInWord(granule, last);
        var bits = word & mask;
        if (bits == 0)
            return 0;
        var run = RunMask(bits);
        if (run != bits)
            return FindInWords(granule, last, forgets);
        if (forgets)
            word &= ~mask;
        var start = (granule & ~(nuint)63) + (nuint)BitOperations.TrailingZeroCount(run);
        return Look(start, start + (nuint)BitOperations.PopCount(run));
    }

    private void MarkWords(nuint granule, nuint last)
    {
        for (; granule < last; granule = (granule | 63) + 1)
        {
            var part = PartOf(granule) ?? Make(granule);
            WordIn(part, granule) |= MaskOf(granule, last);
        }
    }

    private nuint FindInWords(nuint granule, nuint last, bool forgets)
    {
        // A run of marked granules that reaches up to the present one.
        nuint runStart = 0, runEnd = 0, damage = 0;
        while (granule < last)
        {
            if (PartOf(granule) is not { } part)
            {
                granule = ((granule >> GranulesInPartShift) + 1) << GranulesInPartShift;
                continue;
            }
            ref var word = ref WordIn(part, granule);
            var mask = MaskOf(granule, last);
            var bits = word & mask;
            if (forgets)
                word &= ~mask;
            var first = granule & ~(nuint)63;
            for (; bits != 0; bits &= ~RunMask(bits))
            {
                var start = first + (nuint)BitOperations.TrailingZeroCount(bits);
                var count = (nuint)BitOperations.PopCount(RunMask(bits));
                if (start != runEnd)
                {
                    damage = damage == 0 ? Look(runStart, runEnd) : damage;
                    runStart = start;
                }
                runEnd = start + count;
            }
            granule = (granule | 63) + 1;
        }
        return damage == 0 ? Look(runStart, runEnd) : damage;
    }

    // Most allocations: all their bits are in one word.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsInWord(nuint granule, nuint last) =>
        granule < last && (granule ^ (last - 1)) < 64;

    // Returns the bits from a granule to the one in front of the last, which are all in one word.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MaskInWord(nuint granule, nuint last) =>
        unchecked(ulong.MaxValue >> (int)(granule - last) << (int)granule);

    // A part has as many words as this finds.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref ulong WordIn(ulong[] part, nuint granule) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(part), (granule >> 6) & (PartWords - 1));

    // Returns the bits of one word from a granule on, below the last one.
    private static ulong MaskOf(nuint granule, nuint last)
    {
        var mask = ulong.MaxValue << (int)(granule & 63);
        return last - (granule & ~(nuint)63) < 64 ? mask & ((1UL << (int)(last & 63)) - 1) : mask;
    }

    // Returns the lowest run of set bits.
    private static ulong RunMask(ulong bits) => unchecked(bits & ~(bits + (bits & (0 - bits))));

    private nuint Look(nuint runStart, nuint runEnd) => GuardPattern.FindOther(
        baseAddress + (runStart << GranuleShift), baseAddress + (runEnd << GranuleShift), GuardPattern.Freed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong[]? PartOf(nuint granule)
    {
        var parts = Volatile.Read(ref _parts);
        var number = granule >> GranulesInPartShift;
        return number < (uint)parts.Length
            ? Volatile.Read(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(parts), number))
            : null;
    }

    private ulong[] Make(nuint granule)
    {
        var number = granule >> GranulesInPartShift;
        lock (_growing)
        {
            var parts = _parts;
            if (number >= (nuint)parts.Length)
            {
                Array.Resize(ref parts, (int)nuint.Max(number + 1, 2 * (nuint)parts.Length));
                Volatile.Write(ref _parts, parts);
            }
            if (parts[number] is { } made)
                return made;
            var part = new ulong[PartWords];
            Volatile.Write(ref parts[number], part);
            return part;
        }
    }
}
