using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Frees by threads that do not own the place. Beside the live bits, which only the owner writes, there are pending
/// bits, which all threads write; 32 to a word, with a count of how often the owner has taken them:
/// <code>
/// live     | 0 1 1 0 1 ...  64 bits |   set by the owner when it hands a place out, cleared when it gets it back
/// pending  | 0 0 1 0 0 ...  32 bits | taken 17 times |   set by others; taken by the owner, all that there are
/// </code>
/// A pending bit is set where a place is live, which it stays until the owner takes the bit. So a second free finds the
/// bit pending, or the place not live: at once, whichever threads free.
/// </summary>
/// <remarks>
/// <para>
/// One atomic step decides: it sets the bit if the word is still what it was before the live bit was read. Since then
/// no other thread has freed anything in it, and the owner, which clears live bits before it takes their pending bits,
/// has taken nothing.
/// </para>
/// <para>
/// One mistake is found later: the owner, which frees without an atomic step, and another thread free the same place
/// within the nanoseconds that a store takes to become visible, or between the other's two steps. Both calls return.
/// The owner later finds a pending bit on a place that is not live, and reports it. Nothing is lost.
/// </para>
/// <para>Tests run every order of these steps, with the owner's stores seen as late as processors allow.</para>
/// </remarks>
internal static unsafe class RemoteFrees
{
    /// <summary>Places to a word.</summary>
    public const int PlacesPerWord = 32;

    /// <summary>A bit of an owner's word of signals: other threads have freed something that it owns.</summary>
    public const ulong Signal = 1;

    private const ulong Taken = 1UL << PlacesPerWord;

    /// <summary>Frees a place on a thread that is not its owner.</summary>
    /// <param name="live">The word of live bits.</param>
    /// <param name="pending">The word of pending bits.</param>
    /// <param name="place">The place's number, whose lowest bits are the number of its bit in either word.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RemoteFreeResult Free<TThreads>(ulong* live, ulong* pending, int place)
        where TThreads : struct, IThreads
    {
        var bit = 1UL << (place & (PlacesPerWord - 1));
        while (true)
        {
            var word = TThreads.Read(pending);
            if ((word & bit) != 0)
                return RemoteFreeResult.FreedBefore;
            if ((TThreads.Read(live) >> place & 1) == 0)
                return RemoteFreeResult.NotLive;
            if (TThreads.TryReplace(pending, word, word | bit))
                return RemoteFreeResult.Done;
        }
    }

    /// <summary>
    /// Frees several places of one word on a thread that is not their owner, in one atomic step: all of them, or none.
    /// </summary>
    /// <param name="live">The word of live bits.</param>
    /// <param name="pending">The word of pending bits.</param>
    /// <param name="place">The number of the word's first place.</param>
    /// <param name="places">The places, as bits of the word of pending bits; at least one.</param>
    /// <returns>
    /// True if all are pending now; false, with nothing changed, if one of them was pending before or is not live.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFreeTogether<TThreads>(ulong* live, ulong* pending, int place, ulong places)
        where TThreads : struct, IThreads
    {
        while (true)
        {
            var word = TThreads.Read(pending);
            if ((word & places) != 0 || (places & ~(TThreads.Read(live) >> (place & PlacesPerWord))) != 0)
                return false;
            if (TThreads.TryReplace(pending, word, word | places))
                return true;
        }
    }

    /// <summary>
    /// Finds how many addresses, from the first on, lie in one word and are different from each other.
    /// </summary>
    /// <param name="addresses">Addresses of which the first is a multiple of a granule.</param>
    /// <param name="places">Their places, as bits of the word of pending bits.</param>
    /// <returns>Their number, at least 1.</returns>
    public static int CountTogether(ReadOnlySpan<nint> addresses, out ulong places)
    {
        const nuint Bytes = PlacesPerWord * Segment.GranuleBytes;
        var first = (nuint)addresses[0] & ~(Bytes - 1);
        places = 0;
        for (var i = 0; i < addresses.Length; i++)
        {
            var offset = unchecked((nuint)addresses[i] - first);
            var bit = 1UL << (int)(offset >> Segment.GranuleShift);
            if (offset >= Bytes || (offset & (Segment.GranuleBytes - 1)) != 0 || (places & bit) != 0)
                return i;
            places |= bit;
        }
        return addresses.Length;
    }

    /// <summary>Takes back the places that are pending in a word. Only the owner calls it.</summary>
    /// <param name="live">The word of live bits.</param>
    /// <param name="pending">The word of pending bits.</param>
    /// <param name="place">The number of the word's first place.</param>
    /// <param name="twice">
    /// The places that were not live: the owner and another thread freed them at the same time.
    /// </param>
    /// <returns>The places that are no longer live. Both results are bits of the live word.</returns>
    public static ulong TakeWord<TThreads>(ulong* live, ulong* pending, int place, out ulong twice)
        where TThreads : struct, IThreads
    {
        twice = 0;
        var bits = TThreads.Read(pending) & (Taken - 1);
        if (bits == 0)
            return 0;
        var before = TThreads.Read(live);
        var places = bits << (place & PlacesPerWord);
        twice = places & ~before;
        TThreads.Write(live, before & ~places);
        // This comes after the live bits, so that no thread sees a place that is live and no longer pending.
        TThreads.Add(pending, unchecked(Taken - bits));
        return places & before;
    }

    /// <summary>Returns whether another thread has freed a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPending<TThreads>(ulong* pending, int place)
        where TThreads : struct, IThreads =>
        (TThreads.Read(pending) >> (place & (PlacesPerWord - 1)) & 1) != 0;

    /// <summary>Sets a bit that shows the owner where to look, unless it is set.</summary>
    /// <remarks>
    /// The atomic step before it, of the free or of the bit below, is a full fence in .NET: on ARM64 too it is visible
    /// before this reads the bit. With a release alone the bit could be read first, then be lowered by an owner that
    /// does not see the free yet, and not be set again: the free would wait for the next one.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Raise<TThreads>(ulong* word, ulong bit)
        where TThreads : struct, IThreads
    {
        if ((TThreads.Read(word) & bit) == 0)
            TThreads.Or(word, bit);
    }

    /// <summary>Clears such a bit before the owner looks. Returns whether it was set.</summary>
    /// <remarks>
    /// The atomic step is a full fence, and the owner's next reads come after it. With a release alone ARM64 could do
    /// them before the bit is cleared, and miss what is freed in between.
    /// </remarks>
    public static bool Lower<TThreads>(ulong* word, ulong bit)
        where TThreads : struct, IThreads =>
        (TThreads.Read(word) & bit) != 0 && (TThreads.And(word, ~bit) & bit) != 0;

    /// <summary>Clears all bits of such a word before the owner looks.</summary>
    /// <returns>The bits that were set.</returns>
    public static ulong LowerAll<TThreads>(ulong* word)
        where TThreads : struct, IThreads =>
        TThreads.Read(word) == 0 ? 0 : TThreads.And(word, 0);

    /// <summary>
    /// Notifies a segment's owner of a free, bottom-up: each bit is set before the one above it is looked at. The owner
    /// lowers them top-down.
    /// </summary>
    /// <param name="page">The word that has the page's bit.</param>
    /// <param name="pageBit">The page's bit.</param>
    /// <param name="flag">The word that has the segment's bit.</param>
    /// <param name="flagBit">The segment's bit.</param>
    /// <param name="owner">
    /// The word that names the segment's owner: it holds the address of the owner's signals.
    /// </param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Notify<TThreads>(ulong* page, ulong pageBit, ulong* flag, ulong flagBit, ulong* owner)
        where TThreads : struct, IThreads
    {
        Raise<TThreads>(page, pageBit);
        Raise<TThreads>(flag, flagBit);
        // A thread that takes the segment over after this read looks at the bits above itself.
        Raise<TThreads>((ulong*)TThreads.Read(owner), Signal);
    }

    /// <summary>
    /// Gives a segment to another heap, whose thread makes this call. Earlier frees may have been signalled only to the
    /// former owner, so the new owner has to look for itself.
    /// </summary>
    /// <remarks>
    /// The atomic step is a full fence after the new owner is stored. A thread that frees and still reads the former
    /// owner has raised the bits below before, and the new owner, which reads them after the fence, finds them.
    /// </remarks>
    public static void TakeOver<TThreads>(ulong* owner, ulong* signals)
        where TThreads : struct, IThreads
    {
        TThreads.Write(owner, (ulong)signals);
        // The owner sees the signal only after that, and then looks.
        TThreads.Or(signals, Signal);
    }
}
