using System.Runtime.CompilerServices;
using Arena.Pools;
using Arena.Tests.Pools;

namespace Arena.Tests.Walks;

/// <summary>Every kind of walk there is.</summary>
internal static unsafe class WalkedKinds
{
    private static readonly PoolOptions Small = new() { SlabBytes = 8 << 10 };

    private static readonly IReadOnlyDictionary<string, Func<PageArena, IWalked>> Makers =
        new Dictionary<string, Func<PageArena, IWalked>>
        {
            ["pool"] = arena => new OfPool(new Pool<Line64>(arena)),
            ["pool of small slabs"] = arena => new OfPool(new Pool<Line64>(arena, Small)),
            ["map"] = arena => new OfMap(new HandleMap<Line64>(arena)),
            ["map of small slabs"] = arena => new OfMap(new HandleMap<Line64>(arena, Small)),
            ["shared pool"] = arena => new OfSharedPool(new SharedPool<Line64>(arena)),
            ["slots of a heap"] = arena => new OfHeap(new Heap(arena), 64),
            ["extents of a heap"] = arena => new OfHeap(new Heap(arena), 40_000),
            ["blocks of a heap"] = arena => new OfHeap(new Heap(arena), 300_000),
            ["slots of a shared heap"] = arena => new OfSharedHeap(new SharedHeap(arena), 64),
            ["blocks of a shared heap"] = arena => new OfSharedHeap(new SharedHeap(arena), 300_000),
        };

    public static TheoryData<string> Names => [.. Makers.Keys];

    public static IWalked Make(string name, PageArena arena) => Makers[name](arena);

    private sealed class OfPool(Pool<Line64> pool) : IWalked
    {
        public string Name => pool.Name;

        public nint Allocate() => (nint)pool.Allocate();

        public void Free(nint address) => pool.Free((Line64*)address);

        public void Trim() => pool.Trim();

        public void Dispose() => pool.Dispose();

        public void Walk(Action<nint> body)
        {
            foreach (ref var value in pool)
                body((nint)Unsafe.AsPointer(ref value));
        }
    }

    private sealed class OfMap(HandleMap<Line64> map) : IWalked
    {
        private readonly Dictionary<nint, Handle<Line64>> _handles = [];

        public string Name => map.Name;

        public nint Allocate()
        {
            var handle = map.Allocate(default);
            var address = (nint)Unsafe.AsPointer(ref map[handle]);
            _handles[address] = handle;
            return address;
        }

        public void Free(nint address) => Assert.True(map.Free(_handles[address]));

        public void Trim() => map.Trim();

        public void Dispose() => map.Dispose();

        public void Walk(Action<nint> body)
        {
            foreach (var entry in map)
            {
                var address = (nint)Unsafe.AsPointer(ref entry.Value);
                Assert.Equal(_handles[address], entry.Handle);
                body(address);
            }
        }
    }

    private sealed class OfSharedPool(SharedPool<Line64> pool) : IWalked
    {
        public string Name => pool.Name;

        public nint Allocate() => (nint)pool.Allocate();

        public void Free(nint address) => pool.Free((Line64*)address);

        public void Trim() => pool.Trim();

        public void Dispose() => pool.Dispose();

        public void Walk(Action<nint> body)
        {
            foreach (ref var value in pool)
                body((nint)Unsafe.AsPointer(ref value));
        }
    }

    private sealed class OfHeap(Heap heap, nuint byteCount) : IWalked
    {
        public string Name => heap.Name;

        public nint Allocate() => (nint)heap.Allocate(byteCount);

        public void Free(nint address) => heap.Free((void*)address);

        public void Trim() => heap.Trim();

        public void Dispose() => heap.Dispose();

        public void Walk(Action<nint> body)
        {
            foreach (var allocation in heap.Allocations())
                body((nint)allocation.Address);
        }
    }

    private sealed class OfSharedHeap(SharedHeap heap, nuint byteCount) : IWalked
    {
        public string Name => heap.Name;

        public nint Allocate() => (nint)heap.Allocate(byteCount);

        public void Free(nint address) => heap.Free((void*)address);

        public void Trim() => heap.Trim();

        public void Dispose() => heap.Dispose();

        public void Walk(Action<nint> body)
        {
            foreach (var allocation in heap.Allocations())
                body((nint)allocation.Address);
        }
    }
}
