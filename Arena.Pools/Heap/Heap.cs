using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Any size, any lifetime: malloc for a game, on an arena.
/// </summary>
/// <remarks>
/// <para>
/// A request is rounded up to one of a hundred size classes. Each class has slabs of a few pages, a live bit for
/// every slot beside them, and a bounded stack of free slots, its magazine. To allocate is to pop a slot and set its
/// bit; to free is to find the slab by the page, the slot by one multiplication, clear the bit and push. The bit tells
/// double, foreign, interior and stale frees, in Release too. Freed memory is not written. Requests above 256 KiB
/// are blocks of the arena.
/// </para>
/// <para>
/// A class takes slabs in proportion to what it holds, so that a heap with little in it is small, and gives empty
/// ones back to the arena beyond a sixteenth of its size. <see cref="Trim"/> gives all of them back.
/// </para>
/// <para>For one thread. New memory holds whatever was there before, unless zeroed memory is asked for.</para>
/// </remarks>
public sealed unsafe partial class Heap : Allocator
{
    internal const nuint DefaultAlignment = 16;

    // What the hot paths read.
    private byte* _magazines;
    private nuint* _notes;
    private byte* _arenaBase;
    private nuint _granules;
    private ushort _token = NoToken;

    private readonly int[] _magazineOffsets = new int[SizeClasses.Count];

    /// <summary>A heap on an arena.</summary>
    /// <param name="arena">Where its pages come from.</param>
    /// <param name="name">Named in every error and report.</param>
    /// <exception cref="ArenaOutOfMemoryException">The arena cannot hold its first pages.</exception>
    public Heap(PageArena arena, string name = "heap")
        : base(arena, name)
    {
        Register();
        try
        {
            var why = arena.KeepNotes() ?? MakeMagazines();
            if (why is not null)
                Throw.OutOfMemory(this, 0, why);
        }
        catch
        {
            Dispose();
            throw;
        }
        EnterFastPath();
    }

    /// <inheritdoc/>
    public override string Kind => "heap";

    /// <summary>Live allocations, counted from the live bits: a step per 64 slots.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public int LiveCount
    {
        get
        {
            ThrowIfDisposed();
            var count = 0;
            foreach (var slab in Slabs())
                count += slab->CountLive();
            return count;
        }
    }

    /// <summary>Bytes granted to live allocations, at least those requested.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint LiveBytes
    {
        get
        {
            ThrowIfDisposed();
            nuint bytes = 0;
            foreach (var slab in Slabs())
                bytes += (nuint)slab->CountLive() * slab->GrantedBytes;
            return bytes;
        }
    }

    /// <summary>Bytes of the pages that the heap holds, its own tables included.</summary>
    public nuint CommittedBytes { get; private set; }

    /// <summary>Allocates.</summary>
    /// <param name="byteCount">Bytes; 0 gives an address of its own as well.</param>
    /// <param name="alignment">A power of two; 0 means 16.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The arena or the OS cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Allocate(
        nuint byteCount, nuint alignment = DefaultAlignment,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (byteCount <= SizeClasses.TableBytes && alignment <= DefaultAlignment && IsAlignment(alignment))
        {
            var magazine = MagazineOf(SizeClasses.ClassOf16[(byteCount + 15) >> 4]);
            var count = magazine->Count - 1;
            if (count >= 0)
                return Pop(magazine, count);
        }
        return AllocateSlowly(byteCount, alignment, file, line, member);
    }

    /// <summary>Allocates, or returns false where nothing can be had.</summary>
    /// <param name="byteCount">Bytes; 0 gives an address of its own as well.</param>
    /// <param name="alignment">A power of two; 0 means 16.</param>
    /// <param name="address">The allocation, or null.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public bool TryAllocate(
        nuint byteCount, nuint alignment, out void* address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        address = TakeSlot(byteCount, alignment, file, line, member, out _, out _);
        return address != null;
    }

    /// <summary>Allocates memory that reads as zero. Pages fresh from the OS are not touched for it.</summary>
    /// <inheritdoc cref="Allocate"/>
    public void* AllocateZeroed(
        nuint byteCount, nuint alignment = DefaultAlignment,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var address = TakeSlot(byteCount, alignment, file, line, member, out var isZero, out var why);
        if (address == null)
            Throw.OutOfMemory(this, byteCount, why!);
        if (!isZero)
            System.Runtime.InteropServices.NativeMemory.Clear(address, byteCount);
        return address;
    }

    /// <summary>
    /// Makes an allocation larger or smaller, in place where its class or the pages behind it allow; else it moves. The
    /// contents up to the smaller size stay.
    /// </summary>
    /// <param name="address">A live allocation of this heap; null allocates.</param>
    /// <param name="byteCount">Bytes; 0 is the smallest allocation, not a free.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>Its address, aligned to 16 bytes at least. An allocation that moves loses a larger alignment.</returns>
    /// <exception cref="InvalidFreeException">It is not live here; nothing was changed.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot be served; the allocation stays as it was.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public void* Reallocate(
        void* address, nuint byteCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (address == null)
            return Allocate(byteCount, DefaultAlignment, file, line, member);
        var slab = FindLive(address, out _);
        if (FitsInPlace(slab, byteCount))
        {
            if (IsObserved)
                TellMoved(address, file, line, member);
            return address;
        }
        var moved = Allocate(byteCount, DefaultAlignment, file, line, member);
        Buffer.MemoryCopy(address, moved, byteCount, Math.Min(slab->GrantedBytes, byteCount));
        Free(address);
        return moved;
    }

    /// <summary>Frees an allocation. Null is ignored.</summary>
    /// <param name="address">A live allocation of this heap.</param>
    /// <exception cref="InvalidFreeException">It is not one; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(void* address)
    {
        var granule = unchecked((nuint)address - (nuint)_arenaBase) >> PageMap.OwnerGranuleShift;
        HeapSlab* slab;
        if (granule >= _granules || (slab = (HeapSlab*)_notes[granule]) == null || slab->Token != _token)
        {
            FreeSlowly(address);
            return;
        }
        var index = slab->IndexOf(address);
        if (index >= (uint)slab->SlotCount)
            ThrowNoSlot(address);
        var word = slab->Live + (index >> 6);
        var bit = 1UL << (int)index;
        var live = *word;
        if ((live & bit) == 0)
            ThrowNotLive(address);
        var magazine = MagazineOf(slab->Class);
        var count = magazine->Count;
        // While the bit is still set: forgetting may give empty slabs back, and not this one.
        if (count == magazine->Capacity)
            count = ForgetHalf(magazine);
        *word = live & ~bit;
        var entry = Magazine.Entries(magazine) + count;
        entry->Slot = address;
        entry->Place = Magazine.Entry.PlaceOf(word, (int)index);
        magazine->Count = count + 1;
    }

    /// <summary>Bytes that may be used of a live allocation: at least those requested.</summary>
    /// <exception cref="InvalidFreeException">It is not live here.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint UsableBytes(void* address) => FindLive(address, out _)->GrantedBytes;

    /// <summary>Gives every empty slab back to the arena, and its storage to the operating system.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint Trim()
    {
        ThrowIfDisposed();
        EmptyMagazines();
        nuint givenBack = 0;
        foreach (var slab in Slabs())
        {
            if (slab->IsEmpty())
                givenBack += Retire(slab, decommit: true);
        }
        return givenBack;
    }

    /// <summary>The START / LEN table: every live allocation in address order, read from the live bits alone.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public AllocationWalk Allocations()
    {
        ThrowIfDisposed();
        return new AllocationWalk(this);
    }

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => IsDisposed
        ? $"{Label} (disposed)"
        : $"{Label}: {LiveCount} live allocations of {LiveBytes} bytes, {CommittedBytes} committed";

    private static bool IsAlignment(nuint alignment) => (alignment & unchecked(alignment - 1)) == 0;

    private Magazine* MagazineOf(int sizeClass) => (Magazine*)(_magazines + _magazineOffsets[sizeClass]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void* Pop(Magazine* magazine, int count)
    {
        magazine->Count = count;
        var entry = Magazine.Entries(magazine) + count;
        *entry->Word |= entry->Bit;
        return entry->Slot;
    }
}
