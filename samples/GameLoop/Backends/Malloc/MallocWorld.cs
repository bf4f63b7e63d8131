using System.Runtime.InteropServices;
using GameLoop.Rules;

namespace GameLoop.Backends.Malloc;

/// <summary>
/// The game on the C library's malloc and free: every entity and every piece of data is an allocation of its own.
/// </summary>
internal sealed unsafe partial class MallocWorld : World
{
    private readonly Ship** _ships;
    private PointerList<Shot> _shots;
    private PointerList<ParticleState> _particles;
    private PointerList<Pickup> _pickups;

    private GridEntry* _seenShips;
    private GridEntry* _sortedShips;
    private int* _cellEnds;
    private Sprite* _sprites;
    private bool _disposed;

    public MallocWorld(WorldSettings settings)
        : base(settings)
    {
        _ships = (Ship**)NativeMemory.AllocZeroed((nuint)settings.Ships, (nuint)sizeof(Ship*));
        Populate();
    }

    public override int Population => Settings.Ships + _shots.Count + _particles.Count + _pickups.Count;

    protected override int PickupCount => _pickups.Count;

    public override LeakTally Close()
    {
        Dispose();
        // malloc does not know what is live: only this sample knows what it forgot on purpose.
        return SumForgotten();
    }

    public override void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        for (var berth = 0; berth < Settings.Ships; berth++)
            FreeShip(_ships[berth]);
        while (_shots.Count > 0)
            RemoveShot(_shots.Count - 1);
        while (_particles.Count > 0)
            RemoveParticle(_particles.Count - 1);
        while (_pickups.Count > 0)
            RemovePickup(_pickups.Count - 1);
        NativeMemory.Free(_ships);
        _shots.Free();
        _particles.Free();
        _pickups.Free();
    }

    protected override FrameScratch BeginFrame()
    {
        var cells = Settings.CellsPerSide * Settings.CellsPerSide;
        _seenShips = NewArray<GridEntry>(Settings.Ships);
        _sortedShips = NewArray<GridEntry>(Settings.Ships);
        _cellEnds = NewArray<int>(cells);
        _sprites = NewArray<Sprite>(Settings.Entities);
        return new FrameScratch
        {
            Ships = new Span<GridEntry>(_seenShips, Settings.Ships),
            SortedShips = new Span<GridEntry>(_sortedShips, Settings.Ships),
            CellEnds = new Span<int>(_cellEnds, cells),
            Sprites = new Span<Sprite>(_sprites, Settings.Entities),
        };
    }

    protected override void EndFrame()
    {
        NativeMemory.Free(_sprites);
        NativeMemory.Free(_cellEnds);
        NativeMemory.Free(_sortedShips);
        NativeMemory.Free(_seenShips);
    }

    protected override ref ShipState ShipAt(int berth) => ref _ships[berth]->State;

    protected override void PutShip(in ShipState state)
    {
        FreeShip(_ships[state.Berth]);
        var ship = NewArray<Ship>(1);
        *ship = new Ship { State = state };
        _ships[state.Berth] = ship;
        Allocations++;
    }

    protected override void AddShot(int berth, in ShotState state)
    {
        var shot = NewArray<Shot>(1);
        *shot = new Shot { State = state, Target = _ships[berth]->Target };
        _shots.Add(shot);
        Allocations++;
    }

    protected override void AddParticle(in ParticleState state)
    {
        var particle = NewArray<ParticleState>(1);
        *particle = state;
        _particles.Add(particle);
        Allocations++;
    }

    protected override void AddPickup(in PickupState state)
    {
        var rng = new Rng(Settings.Seed, state.LogKey);
        var logBytes = MessageRules.ChooseBytes(ref rng);
        var log = NewArray<byte>(logBytes);
        MessageRules.Write(new Span<byte>(log, logBytes), ref rng);
        var pickup = NewArray<Pickup>(1);
        *pickup = new Pickup { State = state, Log = log, LogBytes = logBytes };
        _pickups.Add(pickup);
        Allocations += 2;
    }

    protected override Checksum SumOfEntities()
    {
        var sum = new Checksum();
        for (var berth = 0; berth < Settings.Ships; berth++)
            sum.Add(_ships[berth]->State.Hash(), TrailRules.Hash(_ships[berth]->Trail.AsSpan()));
        for (var i = 0; i < _shots.Count; i++)
            sum.Add(_shots[i]->State.Hash(), TrailRules.Hash(_shots[i]->Trail.AsSpan()));
        for (var i = 0; i < _particles.Count; i++)
            sum.Add(_particles[i]->Hash());
        for (var i = 0; i < _pickups.Count; i++)
            sum.Add(_pickups[i]->State.Hash(), ReadLog(ref *_pickups[i]));
        return sum;
    }

    private static T* NewArray<T>(int count)
        where T : unmanaged => (T*)NativeMemory.Alloc((nuint)count, (nuint)sizeof(T));

    private static ulong ReadLog(ref Pickup pickup) =>
        MessageRules.Read(new ReadOnlySpan<byte>(pickup.Log, pickup.LogBytes));

    private static void FreeShip(Ship* ship)
    {
        if (ship == null)
            return;
        NativeMemory.Free(ship->Trail.Points);
        NativeMemory.Free(ship->Path);
        NativeMemory.Free(ship->Inbox);
        NativeMemory.Free(ship);
    }

    private void RemoveShot(int index)
    {
        NativeMemory.Free(_shots[index]->Trail.Points);
        NativeMemory.Free(_shots[index]);
        _shots.RemoveAt(index);
    }

    private void RemoveParticle(int index)
    {
        NativeMemory.Free(_particles[index]);
        _particles.RemoveAt(index);
    }

    private void RemovePickup(int index)
    {
        NativeMemory.Free(_pickups[index]->Log);
        NativeMemory.Free(_pickups[index]);
        _pickups.RemoveAt(index);
    }

    private void FreeOrForget(void* data, int byteCount, Forgettable kind, int berth)
    {
        if (data == null || !Forgets(berth))
            NativeMemory.Free(data);
        else
            CountForgotten(kind, byteCount);
    }

    private void RemoveOrForgetPickup(int index)
    {
        var pickup = _pickups[index];
        if (!Forgets(in pickup->State))
        {
            RemovePickup(index);
            return;
        }
        NativeMemory.Free(pickup->Log);
        _pickups.RemoveAt(index);
        CountForgotten(Forgettable.Pickup, sizeof(Pickup));
    }
}
