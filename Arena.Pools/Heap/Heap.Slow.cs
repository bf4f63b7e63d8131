using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Empty and full magazines, observers, and every way to be called wrongly.
public sealed unsafe partial class Heap
{
    internal override void ObserversChanged()
    {
        if (_magazines == null)
            return;
        EmptyMagazines();
        EnterFastPath();
    }

    internal override LeakNotice? FindLeaks()
    {
        var liveCount = LiveCount;
        if (liveCount == 0)
            return null;
        List<nuint> addresses = [];
        foreach (var allocation in Allocations())
        {
            addresses.Add((nuint)allocation.Address);
            if (addresses.Count == LeakNotice.MaximumAddresses)
                break;
        }
        return Notice(liveCount, LiveBytes, addresses);
    }

    internal override void Close()
    {
        _granules = 0;
        _token = NoToken;
        if (_magazines != null)
            EmptyMagazines();
        foreach (var slab in Slabs())
            GiveBack(slab, decommit: false);
        GiveBackTables();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocateSlowly(nuint byteCount, nuint alignment, string file, int line, string member)
    {
        var address = TakeSlot(byteCount, alignment, file, line, member, out _, out var why);
        if (address == null)
            Throw.OutOfMemory(this, byteCount, why!);
        return address;
    }

    private void* TakeSlot(
        nuint byteCount, nuint alignment, string file, int line, string member, out bool isZero, out string? why)
    {
        ThrowIfDisposed();
        if (!IsAlignment(alignment))
            Throw.NotPowerOfTwo(alignment);
        alignment = alignment == 0 ? DefaultAlignment : alignment;
        isZero = false;
        why = null;
        // Slots lie on multiples of their size from a page on: a page is the largest alignment that a class can give.
        var address = byteCount > SizeClasses.LargestBytes || alignment > PageArena.PageBytes
            ? TakeBlock(byteCount, alignment, out isZero, out why)
            : TakeFromClass(SizeClasses.ClassOf(byteCount, alignment), out why);
        if (address != null && IsObserved)
            TellAllocated(address, UsableBytes(address), file, line, member);
        return address;
    }

    private void* TakeFromClass(int sizeClass, out string? why)
    {
        why = null;
        var magazine = MagazineOf(sizeClass);
        if (magazine->Count == 0)
        {
            if (magazine->Available == null && (why = AddSlab(sizeClass)) is not null)
                return null;
            // While somebody watches, magazines stay empty, and every call comes here.
            Refill(magazine, IsObserved ? 1 : magazine->Capacity);
        }
        return Pop(magazine, magazine->Count - 1);
    }

    // Fills an empty magazine with the free slots of one slab, the lowest address on top.
    private static void Refill(Magazine* magazine, int most)
    {
        var slab = magazine->Available;
        var entries = Magazine.Entries(magazine);
        var count = 0;
        var wordIndex = 0;
        ulong free = 0;
        while (count < most)
        {
            while (free == 0 && wordIndex < slab->WordCount)
                free = slab->Free(wordIndex++);
            if (free == 0)
                break;
            var word = slab->Live + (wordIndex - 1);
            var bit = BitOperations.TrailingZeroCount(free);
            free &= free - 1;
            entries[count].Slot = slab->First + (nuint)(64 * (wordIndex - 1) + bit) * slab->StrideBytes;
            entries[count].Place = Magazine.Entry.PlaceOf(word, bit);
            count++;
        }
        new Span<Magazine.Entry>(entries, count).Reverse();
        magazine->Count = count;
        for (; free == 0 && wordIndex < slab->WordCount; wordIndex++)
            free = slab->Free(wordIndex);
        if (free == 0)
            Unlist(magazine, slab);
        KeepEmpty(magazine, slab, false);
    }

    // The older half goes: the slots freed last are warm.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ForgetHalf(Magazine* magazine)
    {
        Forget(magazine, magazine->Capacity / 2);
        return magazine->Count;
    }

    // Forgets the lowest entries: their slots stay free in their slabs, which are listed from now on.
    private void Forget(Magazine* magazine, int forgotten)
    {
        var entries = Magazine.Entries(magazine);
        var emptied = stackalloc HeapSlab*[forgotten];
        var emptiedCount = 0;
        for (var i = 0; i < forgotten; i++)
        {
            var slab = HeapSlab.Of(entries[i].Word);
            if (!slab->Listed)
                List(magazine, slab);
            var empty = slab->IsEmpty();
            if (empty && !slab->KeptEmpty)
                emptied[emptiedCount++] = slab;
            KeepEmpty(magazine, slab, empty);
        }
        var kept = magazine->Count - forgotten;
        Buffer.MemoryCopy(
            entries + forgotten, entries, kept * sizeof(Magazine.Entry), kept * sizeof(Magazine.Entry));
        magazine->Count = kept;
        for (var i = 0; i < emptiedCount; i++)
            KeepOrRetire(magazine, emptied[i]);
    }

    // Empty slabs stay up to a sixteenth of the class, or one.
    private void KeepOrRetire(Magazine* magazine, HeapSlab* slab)
    {
        if (magazine->EmptyBytes <= Math.Max(slab->BlockBytes, magazine->SlabBytes / 16))
            return;
        var entries = Magazine.Entries(magazine);
        var kept = 0;
        for (var i = 0; i < magazine->Count; i++)
        {
            if (HeapSlab.Of(entries[i].Word) != slab)
                entries[kept++] = entries[i];
        }
        magazine->Count = kept;
        Retire(slab, decommit: false);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(void* address)
    {
        if (address == null)
            return;
        var slab = FindLive(address, out var index);
        TellFreed(address);
        slab->Live[index >> 6] &= ~(1UL << (int)index);
        if (slab->IsBlock)
        {
            GiveBack(slab, decommit: false);
        }
        else
        {
            var magazine = MagazineOf(slab->Class);
            if (!slab->Listed)
                List(magazine, slab);
            if (slab->IsEmpty())
            {
                KeepEmpty(magazine, slab, true);
                KeepOrRetire(magazine, slab);
            }
        }
    }

    // The slab of a live allocation; everything else is refused.
    private HeapSlab* FindLive(void* address, out uint index)
    {
        ThrowIfDisposed();
        var offset = unchecked((nuint)address - (nuint)Arena.Base);
        var slab = offset < Arena.KnownBytes ? (HeapSlab*)Arena.Notes[offset >> PageMap.OwnerGranuleShift] : null;
        if (slab == null || Arena.Owners[offset >> PageMap.OwnerGranuleShift] != OwnerToken)
            Throw.InvalidFree(this, address, $"it is not an allocation of this heap; {Arena.Describe(address)}.");
        index = slab->IsBlock ? (address == slab->First ? 0u : 1u) : slab->IndexOf(address);
        if (index >= (uint)slab->SlotCount)
            ThrowNoSlot(address);
        if ((slab->Live[index >> 6] & 1UL << (int)index) == 0)
            ThrowNotLive(address);
        return slab;
    }

    // To an observer an allocation that was resized in place died and came to life again, with its new size.
    private void TellMoved(void* address, string file, int line, string member)
    {
        TellFreed(address);
        TellAllocated(address, UsableBytes(address), file, line, member);
    }

    private void EmptyMagazines()
    {
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            var magazine = MagazineOf(sizeClass);
            Forget(magazine, magazine->Count);
        }
    }

    private void EnterFastPath()
    {
        _arenaBase = Arena.Base;
        _notes = Arena.Notes;
        _granules = Arena.KnownBytes >> PageMap.OwnerGranuleShift;
        _token = IsObserved ? NoToken : OwnerToken;
    }

    [DoesNotReturn]
    private void ThrowNoSlot(void* address) =>
        Throw.InvalidFree(this, address, "no allocation starts there; free the address that Allocate gave.");

    [DoesNotReturn]
    private void ThrowNotLive(void* address) =>
        Throw.InvalidFree(this, address, "it is free already; it was freed twice, or never allocated.");
}
