using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>
/// One allocator of each kind that can go back, and random calls that depend on a seed and on what lives, and on
/// nothing else.
/// </summary>
internal sealed unsafe class Parts : IDisposable
{
    private readonly PageArena _arena;
    private readonly Pool<Vector> _pool;
    private readonly HandleMap<Vector> _map;
    private readonly DenseHandleMap<Vector> _dense;
    private readonly Heap _heap;
    private readonly BuddyAllocator _buddy;
    private readonly FrameAllocator _frames;
    private readonly SparseAllocator _sparse;
    private readonly Containers* _containers;
    private readonly SharedParts _shared;
    private readonly RelocatableParts _relocatable;
    private State _state = new();

    public Parts(PageArena arena, WorkerUse workers = WorkerUse.Late)
    {
        _arena = arena;
        _pool = new Pool<Vector>(arena);
        _map = new HandleMap<Vector>(arena);
        _dense = new DenseHandleMap<Vector>(arena);
        _heap = new Heap(arena);
        _buddy = new BuddyAllocator(arena, 1 << 20);
        _frames = new FrameAllocator(arena, 4096, buffers: 2);
        _sparse = new SparseAllocator(arena, 1 << 20);
        _containers = (Containers*)_heap.Allocate((nuint)sizeof(Containers));
        *_containers = new Containers(_heap, _buddy, _sparse);
        _shared = new SharedParts(arena, workers);
        _relocatable = new RelocatableParts(arena);
    }

    /// <summary>
    /// The live allocations before the last <see cref="Play"/> that began where the one before had ended.
    /// </summary>
    public State Saved { get; private set; } = new();

    public State Now => _state;

    /// <summary>True if allocators come and go, and handles in fields are those of the arena's frames.</summary>
    public bool MakesLevels { get; init; } = true;

    /// <summary>Plays calls, and returns what they gave: distances from the arena's start, and handles.</summary>
    public List<ulong> Play(int calls, int seed, State? from = null)
    {
        if (from is null)
            Saved = _state.Copy();
        else
            _state = from.Copy();
        var random = new Random(seed);
        var results = new List<ulong>();
        for (var i = 0; i < calls; i++)
        {
            try
            {
                results.Add(Call(random));
            }
            catch (ArenaOutOfMemoryException)
            {
                results.Add(ulong.MaxValue);
            }
        }
        return results;
    }

    /// <summary>Goes to a state that the arena was taken back to.</summary>
    public void GoTo(State state) => _state = state.Copy();

    /// <summary>All that can be read of the allocators and of what lives in them.</summary>
    public List<ulong> Read()
    {
        List<ulong> all =
        [
            _arena.LentBytes, _arena.CommittedBytes, (ulong)_pool.LiveCount, (ulong)_pool.SlotCount,
            (ulong)_map.LiveCount, (ulong)_map.SlotCount, (ulong)_dense.LiveCount, (ulong)_dense.Capacity,
            (ulong)_heap.LiveCount, _heap.LiveBytes, _heap.CommittedBytes, (ulong)_buddy.LiveCount, _buddy.LiveBytes,
            (ulong)_sparse.LiveCount, _sparse.LiveBytes, _buddy.LargestFreeBytes, _frames.UsedBytes,
            _frames.PeakUsedBytes,
        ];
        foreach (var address in _state.Slots.Concat(_state.Allocations).Concat(_state.Regions))
            all.Add((ulong)*(int*)address);
        foreach (var handle in _state.Handles)
            all.Add((ulong)_map[handle].X);
        foreach (var handle in _state.Dense)
            all.Add((ulong)_dense[handle].X);
        foreach (ref var value in _dense.AsSpan())
            all.Add((ulong)value.X);
        foreach (var (heap, address) in _state.Levels)
            all.Add((ulong)heap.LiveCount << 32 | *(uint*)address);
        foreach (var block in _state.Blocks)
            all.Add(*(byte*)block.Address);
        _containers->Read(all);
        _shared.Read(_state.Shared, all);
        _relocatable.Read(_state.Relocatable, all, MakesLevels);
        return all;
    }

    public void Dispose()
    {
        IDisposable[] parts = [_pool, _map, _dense, _heap, _buddy, _frames, _sparse, _shared, _relocatable];
        foreach (var part in parts)
            part.Dispose();
    }

    private ulong Call(Random random)
    {
        switch (random.Next(24))
        {
            case > 20:
                return _relocatable.Call(_state.Relocatable, random, MakesLevels);
            case > 17:
                return _shared.Call(_state.Shared, random);
            case 16 or 17:
                return _containers->Change(random);
            case 0 or 1:
                return Put(_state.Slots, (nuint)_pool.Allocate(), random);
            case 2 when Take(_state.Slots, random, out var slot):
                _pool.Free((Vector*)slot);
                return 1;
            case 3:
                var handle = _map.Allocate(new Vector(random.Next()));
                _state.Handles.Add(handle);
                return Bits(handle);
            case 4 when Take(_state.Handles, random, out var old):
                return _map.Free(old) ? 2u : 0;
            case 5 or 6:
                var dense = _dense.Allocate(new Vector(random.Next()));
                _state.Dense.Add(dense);
                return Bits(dense);
            case 7 when Take(_state.Dense, random, out var gone):
                return _dense.Free(gone) ? 3u : 0;
            case 8 or 9:
                return Put(_state.Allocations, (nuint)_heap.Allocate((nuint)Size(random)), random);
            case 10 when Take(_state.Allocations, random, out var allocation):
                _heap.Free((void*)allocation);
                return 4;
            case 11 when _buddy.TryAllocate((nuint)random.Next(1, 5000), 16, out var region):
                return Put(_state.Regions, (nuint)region, random);
            case 12 when Take(_state.Regions, random, out var freed):
                _buddy.Free((void*)freed);
                return 5;
            case 13 when random.Next(8) == 0:
                _frames.NextFrame();
                return 6;
            case 14:
                return Rare(random);
            default:
                var bytes = (byte*)_frames.Allocate((nuint)random.Next(1, 3000));
                *bytes = (byte)random.Next();
                return (nuint)(bytes - _arena.Base);
        }
    }

    private ulong Rare(Random random)
    {
        switch (random.Next(40))
        {
            case 0:
                return _pool.Trim() + 10;
            case 1:
                return _heap.Trim() + 11;
            case 2:
                return _map.Trim() + 12;
            case 3:
                return _dense.Trim() + 13;
            case 4:
                return _arena.Trim() + 14;
            case 5:
                return _heap.TrimStep(8) + 15;
            case 6 or 7 when MakesLevels:
                var level = new Heap(_arena, "level") { IgnoreLeaks = true };
                var inLevel = (nuint)level.Allocate((nuint)Size(random));
                *(uint*)inLevel = (uint)random.Next();
                _state.Levels.Add((level, inLevel));
                return inLevel - (nuint)_arena.Base;
            case 8 or 9 when Take(_state.Levels, random, out var ended):
                ended.Heap.Dispose();
                return 18;
            case < 20:
                var block = _arena.Allocate((nuint)random.Next(1, 100_000));
                _state.Blocks.Add(block);
                *(byte*)block.Address = (byte)random.Next();
                return (nuint)((byte*)block.Address - _arena.Base);
            case < 30 when Take(_state.Blocks, random, out var lent):
                _arena.Free(lent);
                return 16;
            default:
                return 17;
        }
    }

    private ulong Put(List<nuint> list, nuint address, Random random)
    {
        *(int*)address = random.Next();
        list.Add(address);
        return address - (nuint)_arena.Base;
    }

    private static int Size(Random random) => random.Next(20) switch
    {
        0 => random.Next(1, 600_000),
        < 5 => random.Next(1, 20_000),
        _ => random.Next(1, 300),
    };

    private static bool Take<T>(List<T> list, Random random, out T item)
    {
        item = default!;
        if (list.Count == 0)
            return false;
        var index = random.Next(list.Count);
        item = list[index];
        list.RemoveAt(index);
        return true;
    }

    // The first generation of a space is the process's matter.
    private static ulong Bits(Handle<Vector> handle) => handle.Index;

    internal readonly record struct Vector(long X, long Y = 1, int Z = 2);

    internal sealed class State
    {
        public List<nuint> Slots { get; init; } = [];

        public List<nuint> Allocations { get; init; } = [];

        public List<nuint> Regions { get; init; } = [];

        public List<Handle<Vector>> Handles { get; init; } = [];

        public List<Handle<Vector>> Dense { get; init; } = [];

        public List<Block> Blocks { get; init; } = [];

        public List<(Heap Heap, nuint Address)> Levels { get; init; } = [];

        public SharedParts.State Shared { get; init; } = new();

        public RelocatableParts.State Relocatable { get; init; } = new();

        public State Copy() => new()
        {
            Shared = Shared.Copy(),
            Relocatable = Relocatable.Copy(),
            Slots = [.. Slots],
            Allocations = [.. Allocations],
            Regions = [.. Regions],
            Handles = [.. Handles],
            Dense = [.. Dense],
            Blocks = [.. Blocks],
            Levels = [.. Levels],
        };
    }
}
