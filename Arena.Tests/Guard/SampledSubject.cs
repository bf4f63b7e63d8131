using Arena.Pools;

namespace Arena.Tests.Guard;

/// <summary>An allocator of one of the kinds that a guard samples.</summary>
internal abstract unsafe class SampledSubject : IDisposable
{
    private static readonly PoolOptions Bounded = new() { MaximumSlots = 50_000 };

    public static readonly nuint[] Sizes = [16, 64, 500, 3_000];

    public static readonly string[] Kinds = 
    [
        "heap", "shared heap", "buddy", "pool", "map", "shared pool", "pool with a maximum", "map with a maximum",
        "shared pool with a maximum",
    ];

    public abstract AllocatorGuard Guard { get; }

    public abstract int LiveCount { get; }

    /// <summary>Bytes of an allocation before those that are its user's.</summary>
    public virtual int ValueOffset => 0;

    public static SampledSubject Make(string kind, PageArena arena) => kind switch
    {
        "heap" => new OfAnySize(new Heap(arena)),
        "shared heap" => new OfAnySize(new SharedHeap(arena)),
        "buddy" => new OfAnySize(new BuddyAllocator(arena, 1 << 27)),
        "pool" => new OfPool(new Pool<long>(arena)),
        "map" => new OfMap(new HandleMap<long>(arena)),
        "shared pool" => new OfSharedPool(new SharedPool<long>(arena)),
        "pool with a maximum" => new OfPool(new Pool<long>(arena, Bounded)),
        "map with a maximum" => new OfMap(new HandleMap<long>(arena, Bounded)),
        _ => new OfSharedPool(new SharedPool<long>(arena, Bounded)),
    };

    public abstract nint Allocate(nuint byteCount);

    /// <summary>Allocates many in one call, where the allocator has one.</summary>
    public virtual void AllocateRange(nuint byteCount, Span<nint> addresses)
    {
        foreach (ref var address in addresses)
            address = Allocate(byteCount);
    }

    public abstract void Free(nint address);

    public virtual void Trim()
    {
    }

    public abstract void Dispose();

    private sealed class OfAnySize(GeneralAllocator allocator) : SampledSubject
    {
        public override AllocatorGuard Guard => allocator.Guard!;

        public override int LiveCount => (int)allocator.CountLive().Count;

        public override nint Allocate(nuint byteCount) => (nint)allocator.Allocate(byteCount);

        public override void AllocateRange(nuint byteCount, Span<nint> addresses)
        {
            if (allocator is Heap heap)
                Assert.Equal(addresses.Length, heap.AllocateRange(byteCount, addresses));
            else
                base.AllocateRange(byteCount, addresses);
        }

        public override void Free(nint address) => allocator.Free((void*)address);

        public override void Trim() => (allocator as Heap)?.Trim();

        public override void Dispose() => allocator.Dispose();
    }

    private sealed class OfPool(Pool<long> pool) : SampledSubject
    {
        public override AllocatorGuard Guard => pool.Guard!;

        public override int LiveCount => pool.LiveCount;

        public override nint Allocate(nuint byteCount) => (nint)pool.Allocate();

        public override void Free(nint address) => pool.Free((long*)address);

        public override void Trim() => pool.Trim();

        public override void Dispose() => pool.Dispose();
    }

    private sealed class OfMap(HandleMap<long> map) : SampledSubject
    {
        private readonly Dictionary<nint, Handle<long>> _handles = [];

        public override AllocatorGuard Guard => map.Guard!;

        public override int LiveCount => map.LiveCount;

        public override int ValueOffset => sizeof(long);

        public override nint Allocate(nuint byteCount)
        {
            var handle = map.Allocate(1);
            Assert.True(map.TryGet(handle, out var value));
            var slot = (nint)value - sizeof(long);
            _handles[slot] = handle;
            return slot;
        }

        public override void Free(nint address) => Assert.True(map.Free(_handles[address]));

        public override void Trim() => map.Trim();

        public override void Dispose() => map.Dispose();
    }

    private sealed class OfSharedPool(SharedPool<long> pool) : SampledSubject
    {
        public override AllocatorGuard Guard => pool.Guard!;

        public override int LiveCount => pool.LiveCount;

        public override nint Allocate(nuint byteCount) => (nint)pool.Allocate();

        public override void Free(nint address) => pool.Free((long*)address);

        public override void Dispose() => pool.Dispose();
    }
}
