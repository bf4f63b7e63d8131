using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena;
using Arena.Collections;
using Arena.Diagnostics;
using Arena.Pools;
using GameLoop.Rules;

namespace GameLoop.Backends.Arenas;

/// <summary>
/// The game on Arena: ships behind handles, other entities in pools, trails, paths and messages in a heap,
/// scratch in frame memory. In steady state a frame makes no managed object.
/// </summary>
internal sealed partial class ArenaWorld : World
{
    private const int AlignmentSlack = 64;
    private const int DeadAtOnce = 512;

    // Some 40 MiB. Looking up the pages of a larger world takes time, and a huge page more or less does not matter.
    private const int EntitiesForHugePages = 200_000;

    private readonly PageArena _arena;
    private readonly LeakTracker? _tracker;
    private readonly CaptureWriter? _capture;
    private readonly ArenaObservers? _watch;
    private readonly HandleMap<Ship> _ships;
    private readonly Pool<Shot> _shots;
    private readonly Pool<ParticleState> _particles;
    private readonly Pool<Pickup> _pickups;
    private readonly Heap _data;
    private readonly FrameAllocator _scratch;

    // The ship in each berth: the order of the pools' slots depends on addresses, this one does not.
    private NativeList<Handle<Ship>> _berths;

    private long _leakedCount;
    private long _leakedBytes;

    /// <param name="settings">The world.</param>
    /// <param name="capture">The capture of its memory; null for none.</param>
    public ArenaWorld(WorldSettings settings, CaptureWriter? capture = null)
        : base(settings)
    {
        _arena = new PageArena(new PageArenaOptions
        {
            Name = "game",
            HugePages = settings.Entities >= EntitiesForHugePages,
        });
        _arena.LeaksFound += CountLeak;
        // The count of leaks costs nothing. Their lines need a tracker, from the first allocation on.
        _tracker = settings.LeakRate > 0 || capture is not null ? LeakTracker.Attach(_arena) : null;
        _capture = capture;
        if (_tracker is not null)
            _capture?.Add(_tracker);

        // About what the steady state needs, so that few frames have to grow anything. Nothing is sized for the worst.
        _ships = new HandleMap<Ship>(_arena, new PoolOptions { Name = "ships" });
        _ships.Reserve(settings.Ships);
        _shots = new Pool<Shot>(_arena, new PoolOptions { Name = "shots", InitialSlots = settings.Entities / 5 });
        _particles = new Pool<ParticleState>(
            _arena, new PoolOptions { Name = "particles", InitialSlots = settings.Entities / 3 * 2 });
        _pickups = new Pool<Pickup>(
            _arena, new PoolOptions { Name = "pickups", InitialSlots = settings.Pickups });
        _data = new Heap(_arena, "data");
        _scratch = new FrameAllocator(_arena, ScratchBytes(settings), name: "scratch");

        _berths = new(_data, settings.Ships);
        for (var berth = 0; berth < settings.Ships; berth++)
            _berths.Add(default);
        Populate();
        _watch = settings.IsObserved ? new ArenaObservers(_arena) : null;
    }

    /// <summary>All memory of the world.</summary>
    public PageArena Memory => _arena;

    public override int Population =>
        _ships.LiveCount + _shots.LiveCount + _particles.LiveCount + PickupCount;

    protected override int PickupCount => _pickups.LiveCount - (int)Forgotten(Forgettable.Pickup).Count;

    public override void RecordMap()
    {
        if (_tracker is not null)
            _capture?.RecordMap(_tracker);
    }

    public override LeakTally Close()
    {
        RecordMap();
        foreach (ref var ship in _berths)
            FreeShip(ship);
        foreach (ref var shot in _shots)
            FreeShot(ref shot);
        foreach (ref var pickup in _pickups)
        {
            if (!pickup.IsForgotten)
                FreePickup(ref pickup);
        }
        _particles.Clear();
        _berths.Dispose();

        // The game no longer knows anything that is still alive now.
        var sites = _tracker?.Report().Sites ?? [];
        Dispose();
        return new LeakTally(
            _leakedCount, _leakedBytes,
            [.. sites.Select(site => new LeakPlace(site.File, site.Line, site.Count, (long)site.Bytes))]);
    }

    public override void Dispose()
    {
        _watch?.Dispose();
        _tracker?.Dispose();
        // The world's allocators end with it, and CountLeak receives the leaks of each.
        _arena.Dispose();
    }

    protected override FrameScratch BeginFrame() => new()
    {
        Ships = _scratch.AllocateSpan<GridEntry>(Settings.Ships),
        SortedShips = _scratch.AllocateSpan<GridEntry>(Settings.Ships),
        CellEnds = _scratch.AllocateSpan<int>(Settings.CellsPerSide * Settings.CellsPerSide),
        Sprites = _scratch.AllocateSpan<Sprite>(Settings.Entities),
    };

    protected override void EndFrame()
    {
        _scratch.NextFrame();
        if (_capture is not null)
            _tracker?.EndFrame();
        _watch?.Look();
    }

    protected override ref ShipState ShipAt(int berth) => ref _ships[_berths[berth]].State;

    protected override void PutShip(in ShipState state)
    {
        FreeShip(_berths[state.Berth]);
        _berths[state.Berth] = _ships.Allocate(new Ship { State = state });
        Allocations++;
    }

    protected override void AddShot(int berth, in ShotState state)
    {
        _shots.Add(new Shot
        {
            State = state,
            Target = _ships[_berths[berth]].Target,
        });
        Allocations++;
    }

    protected override void AddParticle(in ParticleState state)
    {
        _particles.Add(in state);
        Allocations++;
    }

    protected override void AddPickup(in PickupState state)
    {
        var rng = new Rng(Settings.Seed, state.LogKey);
        ref var pickup = ref _pickups.Add(new Pickup { State = state });
        pickup.Log = new(_data, MessageRules.ChooseBytes(ref rng));
        MessageRules.Write(pickup.Log.AsSpan(), ref rng);
        Allocations += 2;
    }

    protected override Checksum SumOfEntities()
    {
        var sum = new Checksum();
        foreach (var entry in _ships)
            sum.Add(entry.Value.State.Hash(), TrailRules.Hash(entry.Value.Trail.AsSpan()));
        foreach (ref var shot in _shots)
            sum.Add(shot.State.Hash(), TrailRules.Hash(shot.Trail.AsSpan()));
        foreach (ref var particle in _particles)
            sum.Add(particle.Hash());
        foreach (ref var pickup in _pickups)
        {
            if (!pickup.IsForgotten)
                sum.Add(pickup.State.Hash(), ReadLog(ref pickup));
        }
        return sum;
    }

    private static ulong ReadLog(ref Pickup pickup) =>
        MessageRules.Read(pickup.Log.AsSpan());

    private static nuint ScratchBytes(WorldSettings settings) => (nuint)(
        2L * settings.Ships * Unsafe.SizeOf<GridEntry>()
        + (long)settings.Entities * Unsafe.SizeOf<Sprite>()
        + settings.CellsPerSide * settings.CellsPerSide * sizeof(int)
        + 5 * AlignmentSlack);

    private void CountLeak(LeakNotice leak)
    {
        _leakedCount += leak.LiveCount;
        _leakedBytes += (long)leak.LiveBytes;
    }

    private void FreeShip(Handle<Ship> handle)
    {
        ref var ship = ref _ships.Find(handle, out var isThere);
        // No ship only while the world is populated.
        if (!isThere)
            return;
        ship.Trail.FreeIn(_data);
        ship.Path.FreeIn(_data);
        ship.Inbox.FreeIn(_data);
        _ships.Free(handle);
    }

    private void FreeShot(ref Shot shot)
    {
        shot.Trail.FreeIn(_data);
        _shots.Free(ref shot);
    }

    private void FreePickup(ref Pickup pickup)
    {
        pickup.Log.FreeIn(_data);
        _pickups.Free(ref pickup);
    }

    private void FreeOrForget<T>(ref Piece<T> piece, Forgettable kind, int berth)
        where T : unmanaged
    {
        if (piece.Count == 0 || !Forgets(berth))
            piece.FreeIn(_data);
        else
            CountForgotten(kind, GrantedBytes(MemoryMarshal.AsBytes(piece.AsSpan())));
        piece = default;
    }

    // What the heap gave for a piece.
    private unsafe long GrantedBytes(Span<byte> items) =>
        (long)_data.UsableBytes(Unsafe.AsPointer(ref MemoryMarshal.GetReference(items)));

    private void FreeOrForget(ref Pickup pickup)
    {
        if (!Forgets(in pickup.State))
        {
            FreePickup(ref pickup);
            return;
        }
        pickup.Log.FreeIn(_data);
        pickup.IsForgotten = true;
        CountForgotten(Forgettable.Pickup, _pickups.Layout.StrideBytes);
    }
}
