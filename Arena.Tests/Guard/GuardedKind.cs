using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Tests.Guard;

/// <summary>Every kind of allocator that a guard works on.</summary>
public enum GuardedKind
{
    HeapSlot,
    HeapExtent,
    HeapBlock,
    SharedHeapSlot,
    SharedHeapBlock,
    Buddy,
    Pool,
    SmallPool,
    HandleMap,
    SharedPool,
}

internal abstract unsafe class Guarded(int byteCount, bool isReusedAtOnce = true) : IDisposable
{
    public int ByteCount { get; } = byteCount;

    /// <summary>True if the last freed place is handed out next.</summary>
    public bool IsReusedAtOnce { get; } = isReusedAtOnce;

    public abstract Allocator? Allocator { get; }

    public abstract long LiveCount { get; }

    public static Guarded Make(GuardedKind kind, PageArena arena) => kind switch
    {
        GuardedKind.HeapSlot => new OfAnySize(new Heap(arena), 100),
        GuardedKind.HeapExtent => new OfAnySize(new Heap(arena), 5_000),
        GuardedKind.HeapBlock => new OfAnySize(new Heap(arena), 400_000),
        GuardedKind.SharedHeapSlot => new OfAnySize(new SharedHeap(arena), 100),
        GuardedKind.SharedHeapBlock => new OfAnySize(new SharedHeap(arena), 400_000),
        GuardedKind.Buddy => new OfAnySize(new BuddyAllocator(arena, 1 << 20), 100),
        GuardedKind.Pool => new OfPool<Values>(new Pool<Values>(arena)),
        GuardedKind.SmallPool => new OfPool<short>(new Pool<short>(arena)),
        GuardedKind.HandleMap => new OfMap(new HandleMap<Values>(arena)),
        GuardedKind.SharedPool => new OfSharedPool(new SharedPool<Values>(arena)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public abstract nint Allocate(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "");

    public abstract void Free(
        nint address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "");

    public abstract void Dispose();

    public struct Values
    {
        public fixed byte Bytes[44];
    }

    private sealed class OfAnySize(GeneralAllocator allocator, int byteCount) : Guarded(byteCount)
    {
        public override Allocator Allocator => allocator;

        public override long LiveCount => allocator switch
        {
            Heap heap => heap.LiveCount,
            SharedHeap shared => shared.LiveCount,
            BuddyAllocator buddy => buddy.LiveCount,
            _ => 0,
        };

        public override nint Allocate(string file = "", int line = 0, string member = "") =>
            (nint)allocator.Allocate((nuint)ByteCount, 16, file, line, member);

        public override void Free(nint address, string file = "", int line = 0, string member = "") =>
            allocator.Free((void*)address, file, line, member);

        public override void Dispose() => allocator.Dispose();
    }

    private sealed class OfPool<T>(Pool<T> pool) : Guarded(sizeof(T))
        where T : unmanaged
    {
        public override Allocator Allocator => pool;

        public override long LiveCount => pool.LiveCount;

        public override nint Allocate(string file = "", int line = 0, string member = "") =>
            (nint)pool.Allocate(file, line, member);

        public override void Free(nint address, string file = "", int line = 0, string member = "") =>
            pool.Free((T*)address, file, line, member);

        public override void Dispose() => pool.Dispose();
    }

    private sealed class OfMap(HandleMap<Values> map) : Guarded(sizeof(Values))
    {
        private readonly Dictionary<nint, Handle<Values>> _handles = [];

        public override Allocator? Allocator => null;

        public override long LiveCount => map.LiveCount;

        public override nint Allocate(string file = "", int line = 0, string member = "")
        {
            var handle = map.Allocate(default, file, line, member);
            Assert.True(map.TryGet(handle, out var value));
            _handles[(nint)value] = handle;
            return (nint)value;
        }

        public override void Free(nint address, string file = "", int line = 0, string member = "") =>
            Assert.True(map.Free(_handles[address], file, line, member));

        public override void Dispose() => map.Dispose();
    }

    private sealed class OfSharedPool(SharedPool<Values> pool) : Guarded(sizeof(Values))
    {
        public override Allocator? Allocator => null;

        public override long LiveCount => pool.LiveCount;

        public override nint Allocate(string file = "", int line = 0, string member = "") =>
            (nint)pool.Allocate(file, line, member);

        public override void Free(nint address, string file = "", int line = 0, string member = "") =>
            pool.Free((Values*)address, file, line, member);

        public override void Dispose() => pool.Dispose();
    }
}
