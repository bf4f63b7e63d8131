using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Arena.Pools;

// Allocates and frees many slots in one call. The bitmap makes that cheap: neighbouring free bits are neighbouring
// slots, so a word of them is written out as a run of addresses, and addresses of one word are freed by one OR:
//
//   word  ...0011111111110000    one run: its first slot, the next, ... each a stride further
//
// Addresses to free are compared with such a run four at a time. Random ones cost a word of the bitmap each; a short
// loop of their own frees those whose word has free slots already.
//
// A range neither uses nor leaves a record of the last slot: the bitmap says everything.
public sealed unsafe partial class Pool<T>
{
    // Shorter ranges go slot by slot: leaving the fast path and entering it again costs as much as a few calls.
    private const int FewestInRange = 8;

    /// <summary>Allocates many slots, one for each element; fewer only when out of memory.</summary>
    /// <param name="slots">Receives their addresses, in an unspecified order.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>
    /// The number of slots allocated. They are the first elements of the range; the others are unchanged.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public int AllocateRange(
        Span<nint> slots,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ThrowIfDisposed();
        for (var i = 0; i < slots.Length;)
        {
            var taken = TakeRuns(slots[i..]);
            i += taken;
            if (taken != 0)
                continue;
            // The next word, a new slab or an observer needs the slow path.
            if (!TryAllocate(out var slot, file, line, member))
                return i;
            slots[i++] = (nint)slot;
        }
        return slots.Length;
    }

    /// <summary>Frees many slots. Null elements are skipped.</summary>
    /// <param name="slots">Live slots of this pool, each only once. They are freed fastest in address order.</param>
    /// <exception cref="InvalidFreeException">
    /// An element is not one; <see cref="InvalidFreeException.Index"/> is its position. The elements before it were
    /// freed, the others were not.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public void FreeRange(ReadOnlySpan<nint> slots)
    {
        ThrowIfDisposed();
        if (IsWatched || slots.Length < FewestInRange)
        {
            FreeOneByOne(slots);
            return;
        }
        Enter();
        try
        {
            CloseFastPath();
            _version++;
            FreeSlabBySlab(slots);
        }
        finally
        {
            Leave();
        }
    }

    private void FreeSlabBySlab(ReadOnlySpan<nint> slots)
    {
        for (var i = 0; i < slots.Length;)
        {
            var slot = unchecked((void*)slots[i]);
            var freed = !IsPaged(slot) && IsLiveSlot(slot) ? FreeOfSlab(_geometry.SlabOf(slot), slots[i..]) : 0;
            if (freed == 0)
                FreeAt(slots, i);
            i += Math.Max(freed, 1);
        }
    }

    // Takes the free slots of the word in use, run by run.
    private int TakeRuns(Span<nint> slots)
    {
        var bits = _bits;
        var taken = 0;
        while (bits != 0 && taken < slots.Length)
        {
            var first = BitOperations.TrailingZeroCount(bits);
            var run = BitOperations.TrailingZeroCount(~(bits >> first));
            run = Math.Min(run, slots.Length - taken);
            WriteRun(slots.Slice(taken, run), (nint)_wordBase + first * (nint)_strideBytes);
            taken += run;
            bits &= run == 64 ? 0 : ~(((1UL << run) - 1) << first);
        }
        _bits = bits;
        // A hot slot stays hot; the slot handed out last is freed by its bit.
        if (taken != 0 && IsAddress(_last))
            _last = (nuint)slots[taken - 1];
        return taken;
    }

    private void WriteRun(Span<nint> slots, nint first)
    {
        var stride = (nint)_strideBytes;
        ref var start = ref MemoryMarshal.GetReference(slots);
        var i = 0;
        var four = Vector256.Create(first) + Vector256.Create(0L, 1, 2, 3).AsNInt() * Vector256.Create(stride);
        var step = Vector256.Create(4 * stride);
        for (; i <= slots.Length - 4; i += 4)
        {
            four.StoreUnsafe(ref start, (nuint)i);
            four += step;
        }
        for (; i < slots.Length; i++)
            slots[i] = first + i * stride;
    }

    // Frees the first slots of a range, as many as are live and in one slab.
    private int FreeOfSlab(byte* slab, ReadOnlySpan<nint> slots)
    {
        var first = (nuint)_geometry.Slots(slab);
        var words = SlabGeometry.Words(slab);
        var slotCount = (nuint)_geometry.State(slab).SlotCount;
        var (inverse, shift) = _geometry.Divisor;
        var stride = (nint)_strideBytes;
        var count = 0;
        while (true)
        {
            count += FreeAmongFree(slab, slotCount & ~(nuint)63, slots[count..]);
            if (count == slots.Length)
                break;
            var index = SlabGeometry.IndexOf(unchecked((nuint)slots[count] - first), inverse, shift);
            if (index >= slotCount)
                break;
            var word = words + (index >> 6);
            var live = ~*word >> (int)index;
            if ((live & 1) == 0)
                break;
            var freed = 1UL;
            if (count + 1 < slots.Length && slots[count + 1] == slots[count] + stride)
            {
                var most = Math.Min(BitOperations.TrailingZeroCount(~live), (int)Math.Min(slotCount - index, 64));
                var run = RunOf(slots[count..], Math.Min(most, 64 - ((int)index & 63)));
                freed = ulong.MaxValue >> (64 - run);
                count += run - 1;
            }
            count++;
            if (*word == 0 && word != _sampledWord)
                _slabs.PutWord(word);
            *word |= freed << (int)index;
            if (slab == _slabInUse || *word != _slabs.FullWord(slab, (int)(index >> 6)))
                continue;
            // If the slab became empty, it may be gone now.
            KeepOrRetire(slab);
            break;
        }
        return count;
    }

    // Frees slots of whole words in any order, as long as nothing but the bit changes: each is live, its word has free
    // slots already, and the slab does not become empty.
    private int FreeAmongFree(byte* slab, nuint slotCount, ReadOnlySpan<nint> slots)
    {
        var first = (nuint)_geometry.Slots(slab);
        var words = SlabGeometry.Words(slab);
        var (inverse, shift) = _geometry.Divisor;
        // A slab in use stays, and no word with a free slot is 0.
        var last = slab == _slabInUse ? 0 : ulong.MaxValue;
        for (var i = 0; i < slots.Length; i++)
        {
            var index = SlabGeometry.IndexOf(unchecked((nuint)slots[i] - first), inverse, shift);
            if (index >= slotCount)
                return i;
            var free = words[index >> 6];
            var freed = free | 1UL << (int)index;
            if (free == 0 || freed == free || freed == last)
                return i;
            words[index >> 6] = freed;
        }
        return slots.Length;
    }

    // Returns how many slots at the beginning are a stride apart: a multiple of four, or one.
    private int RunOf(ReadOnlySpan<nint> slots, int most)
    {
        most = Math.Min(most, slots.Length);
        var stride = (nint)_strideBytes;
        var four = Vector256.Create(slots[0]) + Vector256.Create(0L, 1, 2, 3).AsNInt() * Vector256.Create(stride);
        var step = Vector256.Create(4 * stride);
        ref var start = ref MemoryMarshal.GetReference(slots);
        var run = 0;
        for (; run <= most - 4 && Vector256.LoadUnsafe(ref start, (nuint)run) == four; run += 4)
            four += step;
        return Math.Max(1, run);
    }

    private void FreeOneByOne(ReadOnlySpan<nint> slots)
    {
        for (var i = 0; i < slots.Length; i++)
            FreeAt(slots, i);
    }

    private void FreeAt(ReadOnlySpan<nint> slots, int i)
    {
        try
        {
            Free(unchecked((T*)slots[i]), "", 0, nameof(FreeRange));
        }
        catch (InvalidFreeException failure)
        {
            throw failure.At(i);
        }
    }
}
