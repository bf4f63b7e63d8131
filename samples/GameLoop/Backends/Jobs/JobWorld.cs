using System.Runtime.CompilerServices;
using Arena;
using Arena.Collections;
using Arena.Pools;
using GameLoop.Rules;
using GameLoop.Workers;

namespace GameLoop.Backends.Jobs;

/// <summary>
/// One world on Arena that several threads step together: entities in shared pools, their data in a shared heap, each
/// worker's scratch in frame memory of its own. It reaches the checksum of the other backends with any number of
/// threads, because what happens in a job depends neither on who does it nor in which order.
/// </summary>
/// <remarks>
/// Ships think, ships move, shots, particles and pickups are a job each. Births, and whatever else needs an order, are
/// the caller's between the jobs; so most entities are freed by another thread than the one that made them, and trails
/// grow on whichever worker steps their ship.
/// </remarks>
internal sealed unsafe partial class JobWorld : World
{
    private readonly PageArena _arena;
    private readonly SharedPool<Ship> _ships;
    private readonly SharedPool<Shot> _shots;
    private readonly SharedPool<ParticleState> _particles;
    private readonly SharedPool<Pickup> _pickups;
    private readonly SharedHeap _data;
    private readonly WorkerFrames _frames;
    private readonly JobCrew _crew;
    private readonly WorkerPart[] _parts;

    // Lists of the pools' slots: a walk over a pool is for one thread.
    private NativeList<nint> _berths;
    private EntityList<Shot> _shotList;
    private EntityList<ParticleState> _particleList;
    private EntityList<Pickup> _pickupList;
    private long _leakedCount;
    private long _leakedBytes;

    public JobWorld(WorldSettings settings, int threads)
        : base(settings)
    {
        _arena = new PageArena("game of jobs");
        _arena.LeaksFound += leak =>
        {
            _leakedCount += leak.LiveCount;
            _leakedBytes += (long)leak.LiveBytes;
        };
        _ships = new SharedPool<Ship>(_arena, new PoolOptions { Name = "ships" });
        _shots = new SharedPool<Shot>(_arena, new PoolOptions { Name = "shots" });
        _particles = new SharedPool<ParticleState>(_arena, new PoolOptions { Name = "particles" });
        _pickups = new SharedPool<Pickup>(_arena, new PoolOptions { Name = "pickups" });
        _data = new SharedHeap(_arena, "data");
        _frames = new WorkerFrames(_arena, name: "scratch");
        _berths = new(_data, settings.Ships);
        for (var berth = 0; berth < settings.Ships; berth++)
            _berths.Add(default);
        _shotList = new(_data);
        _particleList = new(_data);
        _pickupList = new(_data);
        _crew = new JobCrew(threads);
        _parts = [.. Enumerable.Range(0, threads).Select(static _ => new WorkerPart())];
        (_think, _move, _stepShots, _stepParticles, _stepPickups) =
            (ThinkShips, MoveShips, StepShots, StepParticles, StepPickups);
        Populate();
    }

    public override int Population => Settings.Ships + _shotList.Count + _particleList.Count + _pickupList.Count;

    public override long WorkerBytes => _crew.WorkerBytes;

    protected override int PickupCount => _pickupList.Count;

    public override LeakTally Close()
    {
        foreach (var ship in _berths)
            FreeShip((Ship*)ship);
        for (var i = 0; i < _shotList.Count; i++)
        {
            _shotList[i]->Trail.Dispose();
            _shots.Free(_shotList[i]);
        }
        for (var i = 0; i < _pickupList.Count; i++)
        {
            _pickupList[i]->Log.Dispose();
            _pickups.Free(_pickupList[i]);
        }
        _particles.Clear();
        _berths.Dispose();
        _shotList.Dispose();
        _particleList.Dispose();
        _pickupList.Dispose();
        // The game no longer knows anything that is still alive now.
        Dispose();
        return new LeakTally(_leakedCount, _leakedBytes, []);
    }

    public override void Dispose()
    {
        _crew.Dispose();
        _arena.Dispose();
    }

    protected override FrameScratch BeginFrame()
    {
        var scratch = _frames.Current;
        return new FrameScratch
        {
            Ships = scratch.AllocateSpan<GridEntry>(Settings.Ships),
            SortedShips = Keep(scratch.AllocateSpan<GridEntry>(Settings.Ships), out _sortedShips),
            CellEnds = Keep(
                scratch.AllocateSpan<int>(Settings.CellsPerSide * Settings.CellsPerSide), out _cellEnds),
            // The picture of the caller: what it draws between the jobs, which is nothing.
            Sprites = [],
        };
    }

    protected override void EndFrame() => _frames.NextFrame();

    protected override ref ShipState ShipAt(int berth) => ref ((Ship*)_berths[berth])->State;

    protected override void PutShip(in ShipState state)
    {
        FreeShip((Ship*)_berths[state.Berth]);
        ref var ship = ref _ships.Add(new Ship { State = state, Trail = new(_data) });
        _berths[state.Berth] = (nint)Unsafe.AsPointer(ref ship);
        Allocations++;
    }

    protected override void AddShot(int berth, in ShotState state)
    {
        ref var shot = ref _shots.Add(
            new Shot { State = state, Trail = new(_data), Target = ((Ship*)_berths[berth])->Target });
        _shotList.Add((Shot*)Unsafe.AsPointer(ref shot));
        Allocations++;
    }

    protected override void AddParticle(in ParticleState state)
    {
        _particleList.Add((ParticleState*)Unsafe.AsPointer(ref _particles.Add(in state)));
        Allocations++;
    }

    protected override void AddPickup(in PickupState state)
    {
        var rng = new Rng(Settings.Seed, state.LogKey);
        ref var pickup = ref _pickups.Add(new Pickup { State = state });
        pickup.Log = new(_data, MessageRules.ChooseBytes(ref rng));
        MessageRules.Write(FillAll(ref pickup.Log), ref rng);
        _pickupList.Add((Pickup*)Unsafe.AsPointer(ref pickup));
        Allocations += 2;
    }

    protected override Checksum SumOfEntities()
    {
        var sum = new Checksum();
        foreach (var ship in _berths)
            sum.Add(((Ship*)ship)->State.Hash(), TrailRules.Hash(((Ship*)ship)->Trail.AsSpan()));
        for (var i = 0; i < _shotList.Count; i++)
            sum.Add(_shotList[i]->State.Hash(), TrailRules.Hash(_shotList[i]->Trail.AsSpan()));
        for (var i = 0; i < _particleList.Count; i++)
            sum.Add(_particleList[i]->Hash());
        for (var i = 0; i < _pickupList.Count; i++)
            sum.Add(_pickupList[i]->State.Hash(), MessageRules.Read(_pickupList[i]->Log.AsSpan()));
        return sum;
    }

    // What is planned and written fills its list exactly, where it lies, so none grows.
    private static Span<T> FillAll<T>(ref NativeList<T> list)
        where T : unmanaged => list.AddUninitialized(list.Capacity);

    // Frame memory does not move, so the workers of this frame may read it where it lies.
    private static Span<T> Keep<T>(Span<T> span, out nint address)
        where T : unmanaged
    {
        address = (nint)Unsafe.AsPointer(ref span[0]);
        return span;
    }

    private void FreeShip(Ship* ship)
    {
        // No ship only while the world is populated.
        if (ship == null)
            return;
        ship->Trail.Dispose();
        ship->Path.Dispose();
        ship->Inbox.Dispose();
        _ships.Free(ship);
    }
}
