using System.Runtime.CompilerServices;
using Arena;
using Arena.Pools;

namespace FuzzTarget;

/// <summary>One allocator of the world, of any kind.</summary>
internal abstract unsafe class Places(int kind)
{
    private const string Source = "/game/World.cs";
    private const int SlotBytes = 40;

    public abstract int LiveCount { get; }

    public virtual bool Resizes => false;

    /// <summary>True if an address is freed, and not a handle.</summary>
    public virtual bool FreesAddresses => true;

    public static Places[] MakeAll(PageArena arena) =>
    [
        new OfAnySize(0, new Heap(arena)),
        new OfAnySize(1, new SharedHeap(arena)),
        new OfAnySize(2, new BuddyAllocator(arena, 1 << 24)),
        new OfPool(3, new Pool<Cells>(arena)),
        new OfSharedPool(4, new SharedPool<Cells>(arena)),
        new OfMap(5, new HandleMap<Cells>(arena)),
    ];

    /// <summary>Null when out of memory.</summary>
    public abstract Entry? Allocate(nuint byteCount, nuint alignment, int line);

    public abstract void Free(Entry entry);

    public virtual nint Resize(Entry entry, nuint byteCount) => throw new NotSupportedException();

    public virtual void Trim()
    {
    }

    /// <summary>True if all can be freed at once.</summary>
    public virtual bool Clears => false;

    public virtual void Clear() => throw new NotSupportedException();

    public virtual int CountWalked() => LiveCount;

    /// <summary>Returns whether its allocations have zones after this number of changes of the guard.</summary>
    public virtual bool HasZones(int guardChanges) => true;

    private Entry EntryOf(void* address, nuint byteCount, ulong handle = 0) =>
        new(kind, (nint)address, (int)byteCount, handle);

    public struct Cells
    {
        public fixed byte Bytes[SlotBytes];
    }

    private sealed class OfAnySize(int kind, GeneralAllocator allocator) : Places(kind)
    {
        public override bool Resizes => true;

        public override int LiveCount => allocator switch
        {
            Heap heap => heap.LiveCount,
            SharedHeap heap => heap.LiveCount,
            BuddyAllocator buddy => buddy.LiveCount,
            _ => throw new NotSupportedException(),
        };

        public override Entry? Allocate(nuint byteCount, nuint alignment, int line) =>
            allocator.TryAllocate(byteCount, alignment, out var address, Source, line, "Do")
                ? EntryOf(address, byteCount)
                : null;

        public override void Free(Entry entry) => allocator.Free((void*)entry.Address, Source, 1_000, "Undo");

        public override nint Resize(Entry entry, nuint byteCount) =>
            (nint)allocator.Reallocate((void*)entry.Address, byteCount, Source, 1_001, "Redo");

        public override void Trim()
        {
            if (allocator is Heap heap)
                heap.Trim();
            if (allocator is SharedHeap shared)
                shared.Trim();
        }

        public override bool Clears => allocator is Heap;

        public override void Clear() => ((Heap)allocator).Clear();

        public override int CountWalked()
        {
            var count = 0;
            if (allocator is BuddyAllocator)
                return LiveCount;
            var walk = allocator is Heap heap ? heap.Allocations() : ((SharedHeap)allocator).Allocations();
            while (walk.MoveNext())
                count++;
            return count;
        }

        public override string ToString() => allocator.ToString()!;
    }

    private sealed class OfPool(int kind, Pool<Cells> pool) : Places(kind)
    {
        private readonly bool _hasZones = pool.Layout.StrideBytes > SlotBytes;

        public override int LiveCount => pool.LiveCount;

        public override Entry? Allocate(nuint byteCount, nuint alignment, int line) =>
            pool.TryAllocate(out var slot, Source, line, "Do") ? EntryOf(slot, SlotBytes) : null;

        public override void Free(Entry entry) => pool.Free((Cells*)entry.Address, Source, 1_000, "Undo");

        public override void Trim() => pool.Trim();

        public override bool Clears => true;

        public override void Clear() => pool.Clear();

        public override int CountWalked()
        {
            var count = 0;
            foreach (ref var cells in pool)
                count += Unsafe.IsNullRef(ref cells) ? 0 : 1;
            return count;
        }

        // They were made for the guard of the time when the pool was.
        public override bool HasZones(int guardChanges) => _hasZones && guardChanges == 0;

        public override string ToString() => pool.ToString();
    }

    private sealed class OfSharedPool(int kind, SharedPool<Cells> pool) : Places(kind)
    {
        public override int LiveCount => pool.LiveCount;

        public override Entry? Allocate(nuint byteCount, nuint alignment, int line) =>
            pool.TryAllocate(out var slot, Source, line, "Do") ? EntryOf(slot, SlotBytes) : null;

        public override void Free(Entry entry) => pool.Free((Cells*)entry.Address, Source, 1_000, "Undo");

        public override string ToString() => pool.ToString()!;
    }

    private sealed class OfMap(int kind, HandleMap<Cells> map) : Places(kind)
    {
        private readonly bool _hasZones = map.Layout.StrideBytes > SlotBytes + sizeof(uint);

        public override int LiveCount => map.LiveCount;

        public override bool FreesAddresses => false;

        public override Entry? Allocate(nuint byteCount, nuint alignment, int line)
        {
            if (!map.TryAllocate(default, out var handle, Source, line, "Do") || !map.TryGet(handle, out var value))
                return null;
            return EntryOf(value, SlotBytes, Unsafe.As<Handle<Cells>, ulong>(ref handle));
        }

        public override void Free(Entry entry)
        {
            var number = entry.Handle;
            if (!map.Free(Unsafe.As<ulong, Handle<Cells>>(ref number), Source, 1_000, "Undo"))
                throw new StaleHandleException();
        }

        public override void Trim() => map.Trim();

        public override bool Clears => true;

        public override void Clear() => map.Clear();

        public override int CountWalked()
        {
            var count = 0;
            foreach (var entry in map)
                count += map.Contains(entry.Handle) ? 1 : 0;
            return count;
        }

        public override bool HasZones(int guardChanges) => _hasZones && guardChanges == 0;

        public override string ToString() => map.ToString();
    }
}

/// <summary>A map returned false for a handle.</summary>
internal sealed class StaleHandleException : Exception;
