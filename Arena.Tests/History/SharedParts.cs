using Arena.Collections;
using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>
/// One allocator of each kind that several threads use, three threads that use them in turns, and random calls that
/// depend on a seed and on what lives. The last thread is seldom used, so that it gets its parts late.
/// </summary>
internal sealed unsafe class SharedParts : IDisposable
{
    private readonly Workers _workers;
    private readonly SharedHeap _heap;
    private readonly SharedPool<Bag> _pool;
    private readonly WorkerFrames _frames;
    private readonly byte* _base;

    public SharedParts(PageArena arena, WorkerUse use)
    {
        _workers = new Workers(use == WorkerUse.None ? 0 : 2);
        _base = arena.Base;
        _heap = new SharedHeap(arena);
        _pool = new SharedPool<Bag>(arena, new PoolOptions { MaximumSlots = 2000 });
        _frames = new WorkerFrames(arena, 4096, buffers: 2);
        for (var worker = 0; use == WorkerUse.Begun && worker <= 2; worker++)
            _workers.Run(worker, Begin);
    }

    /// <summary>Makes a random call on a random thread.</summary>
    public ulong Call(State state, Random random)
    {
        var worker = random.Next(40) switch { 0 => 1, < 20 => 0, _ => 2 };
        var (choice, size, value) = (random.Next(10), random.Next(20) == 0 ? 300_000 : 2000, random.Next());
        size = random.Next(1, size);
        var index = random.Next(1 << 20);
        return _workers.Run(worker, () => choice switch
        {
            0 or 1 or 2 => Put(state.Allocations, (nuint)_heap.Allocate((nuint)size), value),
            3 or 4 when Take(state.Allocations, index) is var address && address != 0 => Free((void*)address),
            5 or 6 => Put(state.Slots, MakeBag(value), value),
            7 when Take(state.Slots, index) is var slot && slot != 0 => FreeBag((Bag*)slot),
            8 when value % 16 == 0 => Rare(index),
            _ => Scratch(size, value),
        });
    }

    /// <summary>Adds all that can be read.</summary>
    public void Read(State state, List<ulong> all)
    {
        all.AddRange(
        [
            (ulong)_heap.LiveCount, _heap.LiveBytes, _heap.CommittedBytes, (ulong)_pool.LiveCount,
            (ulong)_pool.SlotCount, _pool.CommittedBytes, _frames.UsedBytes,
        ]);
        foreach (var address in state.Allocations)
            all.Add(*(uint*)address);
        foreach (var slot in state.Slots)
        {
            all.Add((ulong)((Bag*)slot)->Value);
            foreach (ref var item in ((Bag*)slot)->Items)
                all.Add((ulong)item);
        }
    }

    public void Dispose()
    {
        _workers.Dispose();
        _heap.Dispose();
        _pool.Dispose();
        _frames.Dispose();
    }

    private ulong Put(List<nuint> list, nuint address, int value)
    {
        *(int*)address = value;
        list.Add(address);
        return address - (nuint)_base;
    }

    // Gives the thread its part of each.
    private ulong Begin()
    {
        _pool.Free(_pool.Allocate());
        _heap.Free(_heap.Allocate(1));
        return Scratch(1, 1);
    }

    // An element of a pool with a container in it, whose elements lie in the heap.
    private nuint MakeBag(int value)
    {
        if (!_pool.TryAllocate(out var bag))
            throw new ArenaOutOfMemoryException("the pool is full", 0);
        *bag = new Bag { Value = value, Items = new NativeList<int>(_heap) };
        try
        {
            for (var i = 0; i < value % 50; i++)
                bag->Items.Add(value + i);
        }
        catch (ArenaOutOfMemoryException)
        {
            // It has fewer items then.
        }
        return (nuint)bag;
    }

    private ulong FreeBag(Bag* bag)
    {
        bag->Items.Dispose();
        _pool.Free(bag);
        return 20;
    }

    private ulong Free(void* address)
    {
        _heap.Free(address);
        return 21;
    }

    private ulong Rare(int choice) => (choice % 6) switch
    {
        0 => _heap.Trim() + 22,
        1 => _heap.TrimAll() + 23,
        2 => _pool.Trim() + 24,
        3 => _heap.TrimStep(4) + 25,
        4 => _heap.RequestTrim() + 26,
        _ => NextFrame(),
    };

    private ulong NextFrame()
    {
        _frames.NextFrame();
        return 27;
    }

    private ulong Scratch(int size, int value)
    {
        var scratch = (byte*)_frames.Current.Allocate((nuint)size);
        *scratch = (byte)value;
        return (nuint)(scratch - _base);
    }

    private static nuint Take(List<nuint> list, int index)
    {
        if (list.Count == 0)
            return 0;
        var item = list[index % list.Count];
        list.RemoveAt(index % list.Count);
        return item;
    }

    internal struct Bag
    {
        public long Value;
        public NativeList<int> Items;
    }

    internal sealed class State
    {
        public List<nuint> Allocations { get; init; } = [];

        public List<nuint> Slots { get; init; } = [];

        public State Copy() => new() { Allocations = [.. Allocations], Slots = [.. Slots] };
    }
}
