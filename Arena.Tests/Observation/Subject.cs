using Arena.Pools;

namespace Arena.Tests.Observation;

/// <summary>An allocator as a model uses it, whatever it is.</summary>
internal sealed unsafe class Subject(IDisposable subject) : IDisposable
{
    public required Func<int, nint> Allocate { get; init; }

    public required Action<nint> Free { get; init; }

    public required Func<nint, nuint> BytesOf { get; init; }

    public required Func<int> LiveCount { get; init; }

    /// <summary>Null where it cannot.</summary>
    public Func<nint, int, nint>? Reallocate { get; init; }

    /// <summary>Allocations that it has room for.</summary>
    public int Most { get; init; } = int.MaxValue;

    public static Subject Make(string name, PageArena arena) => name switch
    {
        "arena" => OfArena(arena),
        "pool" => OfPool(arena),
        "map" => OfMap(arena),
        "heap" => OfHeap(arena),
        "buddy" => OfBuddy(arena),
        "shared heap" => OfSharedHeap(arena),
        "shared pool" => OfSharedPool(arena, 0),
        "full shared pool" => OfSharedPool(arena, 20),
        "lent heap" => OfLentHeap(arena),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such allocator"),
    };

    public void Dispose() => subject.Dispose();

    private static Subject OfArena(PageArena arena)
    {
        Dictionary<nint, Block> blocks = [];
        Allocator?[] scratch = [];
        return new Subject(arena)
        {
            Allocate = bytes =>
            {
                var block = arena.Allocate((nuint)bytes);
                blocks[(nint)block.Address] = block;
                return (nint)block.Address;
            },
            Free = address => arena.Free(blocks[address]),
            BytesOf = address => blocks[address].ByteCount,
            LiveCount = () => (int)arena.CountLive(ref scratch).Count,
        };
    }

    private static Subject OfPool(PageArena arena)
    {
        var pool = new Pool<Value>(arena, new PoolOptions { SlabBytes = 8192 });
        return new Subject(pool)
        {
            Allocate = bytes => bytes % 2 == 0 || !pool.TryAllocate(out var slot) ? (nint)pool.Allocate() : (nint)slot,
            Free = slot => pool.Free((Value*)slot),
            BytesOf = _ => (nuint)sizeof(Value),
            LiveCount = () => pool.LiveCount,
        };
    }

    private static Subject OfMap(PageArena arena)
    {
        var map = new HandleMap<Value>(arena);
        Dictionary<nint, Handle<Value>> handles = [];
        return new Subject(map)
        {
            Allocate = _ =>
            {
                var handle = map.Allocate(default);
                Assert.True(map.TryGet(handle, out var value));
                handles[(nint)value] = handle;
                return (nint)value;
            },
            Free = value => Assert.True(map.Free(handles[value])),
            BytesOf = _ => (nuint)sizeof(Value),
            LiveCount = () => map.LiveCount,
        };
    }

    private static Subject OfHeap(PageArena arena)
    {
        var heap = new Heap(arena);
        return new Subject(heap)
        {
            Allocate = bytes => (nint)heap.Allocate((nuint)bytes),
            Free = address => heap.Free((void*)address),
            BytesOf = address => heap.UsableBytes((void*)address),
            LiveCount = () => heap.LiveCount,
            Reallocate = (address, bytes) => (nint)heap.Reallocate((void*)address, (nuint)bytes),
        };
    }

    private static Subject OfBuddy(PageArena arena)
    {
        var buddy = new BuddyAllocator(arena, 256 << 20);
        return new Subject(buddy)
        {
            Allocate = bytes => (nint)buddy.Allocate((nuint)bytes),
            Free = address => buddy.Free((void*)address),
            BytesOf = address => buddy.UsableBytes((void*)address),
            LiveCount = () => buddy.LiveCount,
            Reallocate = (address, bytes) => (nint)buddy.Reallocate((void*)address, (nuint)bytes),
        };
    }

    private static Subject OfSharedHeap(PageArena arena)
    {
        var heap = new SharedHeap(arena);
        return new Subject(heap)
        {
            Allocate = bytes => (nint)heap.Allocate((nuint)bytes),
            Free = address => heap.Free((void*)address),
            BytesOf = address => heap.UsableBytes((void*)address),
            LiveCount = () => heap.LiveCount,
            Reallocate = (address, bytes) => (nint)heap.Reallocate((void*)address, (nuint)bytes),
        };
    }

    private static Subject OfSharedPool(PageArena arena, int maximum)
    {
        var pool = new SharedPool<Value>(arena, new PoolOptions { MaximumSlots = maximum });
        return new Subject(pool)
        {
            Allocate = bytes => bytes % 2 == 0 || !pool.TryAllocate(out var slot) ? (nint)pool.Allocate() : (nint)slot,
            Free = slot => pool.Free((Value*)slot),
            BytesOf = _ => (nuint)sizeof(Value),
            LiveCount = () => pool.LiveCount,
            Most = maximum == 0 ? int.MaxValue : maximum,
        };
    }

    // An observer's exception does not pass through C: it is a fault, and null.
    private static Subject OfLentHeap(PageArena arena)
    {
        var heap = new Heap(arena);
        var lent = new NativeCallbacks(heap, "library");
        return new Subject(heap)
        {
            Allocate = bytes => Passing(lent, () => (nint)NativeCallbacks.Malloc(lent.UserData, (nuint)bytes)),
            Free = address => Passing(lent, () =>
            {
                NativeCallbacks.Free(lent.UserData, (void*)address);
                return 0;
            }),
            BytesOf = address => heap.UsableBytes((void*)address),
            LiveCount = () =>
            {
                Assert.Equal((heap.LiveCount, heap.LiveBytes), (lent.LiveCount, lent.LiveBytes));
                return lent.LiveCount;
            },
            Reallocate = (address, bytes) => Passing(
                lent, () => (nint)NativeCallbacks.Realloc(lent.UserData, (void*)address, (nuint)bytes)),
        };
    }

    private static nint Passing(NativeCallbacks lent, Func<nint> call)
    {
        var faults = lent.FaultCount;
        var result = call();
        return lent.FaultCount == faults ? result : throw lent.LastFault!;
    }

    private struct Value
    {
        public fixed byte Bytes[48];
    }
}
