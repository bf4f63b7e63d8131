using System.Runtime.InteropServices;
using GameLoop.Rules;

namespace GameLoop.Backends.Gc;

/// <summary>
/// The game as C# is usually written: classes, lists and arrays that the garbage collector takes care of. Buffers
/// that every frame needs are kept; nothing else is pooled.
/// </summary>
internal sealed partial class GcWorld : World
{
    private readonly Ship[] _ships;
    private readonly List<Shot> _shots = [];
    private readonly List<Particle> _particles = [];
    private readonly List<Pickup> _pickups = [];
    private readonly List<object> _forgotten = [];

    private readonly GridEntry[] _seenShips;
    private readonly GridEntry[] _sortedShips;
    private readonly int[] _cellEnds;
    private readonly Sprite[] _sprites;

    public GcWorld(WorldSettings settings)
        : base(settings)
    {
        _ships = new Ship[settings.Ships];
        _seenShips = new GridEntry[settings.Ships];
        _sortedShips = new GridEntry[settings.Ships];
        _cellEnds = new int[settings.CellsPerSide * settings.CellsPerSide];
        _sprites = new Sprite[settings.Entities];
        Populate();
    }

    public override int Population => _ships.Length + _shots.Count + _particles.Count + _pickups.Count;

    protected override int PickupCount => _pickups.Count;

    public override LeakTally Close()
    {
        // The collector sees references, not leaks: only this sample knows that these are no longer needed.
        return SumForgotten();
    }

    public override void Dispose()
    {
    }

    protected override FrameScratch BeginFrame() => new()
    {
        Ships = _seenShips,
        SortedShips = _sortedShips,
        CellEnds = _cellEnds,
        Sprites = _sprites,
    };

    protected override void EndFrame()
    {
    }

    protected override ref ShipState ShipAt(int berth) => ref _ships[berth].State;

    protected override void PutShip(in ShipState state)
    {
        // Null only while the world is populated.
        if (_ships[state.Berth] is { } lost)
            lost.IsLost = true;
        _ships[state.Berth] = new Ship(state);
        Allocations++;
    }

    protected override void AddShot(int berth, in ShotState state)
    {
        _shots.Add(new Shot(state, _ships[berth].Target));
        Allocations++;
    }

    protected override void AddParticle(in ParticleState state)
    {
        _particles.Add(new Particle(state));
        Allocations++;
    }

    protected override void AddPickup(in PickupState state)
    {
        var rng = new Rng(Settings.Seed, state.LogKey);
        var log = new byte[MessageRules.ChooseBytes(ref rng)];
        MessageRules.Write(log, ref rng);
        _pickups.Add(new Pickup(state, log));
        Allocations += 2;
    }

    protected override Checksum SumOfEntities()
    {
        var sum = new Checksum();
        foreach (var ship in _ships)
            sum.Add(ship.State.Hash(), TrailRules.Hash(CollectionsMarshal.AsSpan(ship.Trail)));
        foreach (var shot in _shots)
            sum.Add(shot.State.Hash(), TrailRules.Hash(CollectionsMarshal.AsSpan(shot.Trail)));
        foreach (var particle in _particles)
            sum.Add(particle.State.Hash());
        foreach (var pickup in _pickups)
            sum.Add(pickup.State.Hash(), MessageRules.Read(pickup.Log));
        return sum;
    }

    private void Forget(object data, Forgettable kind, int byteCount)
    {
        _forgotten.Add(data);
        CountForgotten(kind, byteCount);
    }
}
