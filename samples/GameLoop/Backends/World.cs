using GameLoop.Rules;

namespace GameLoop.Backends;

/// <summary>
/// One frame of the game, the same for all backends. How entities and their data are stored, found, allocated and
/// freed is the backend's choice.
/// </summary>
/// <remarks>
/// All backends reach the same checksum although they walk their entities in different orders, because only ships
/// influence others, and those think before any moves. Shots and pickups leave sums with the ships
/// that they meet, particles meet nothing, and everything is born in the order of berths.
/// </remarks>
internal abstract class World(WorldSettings settings) : IDisposable
{
    private const int SparksPerHit = 3;
    private const int PiecesOfWreck = 16;

    private uint _shipsLaunched;
    private int _room = settings.Entities - settings.Ships;
    private int _exhaustBerth;
    private ulong _pictures;
    private readonly (long Count, long Bytes)[] _forgotten = new (long, long)[Enum.GetValues<Forgettable>().Length];

    public WorldSettings Settings { get; } = settings;

    /// <summary>The number of frames stepped.</summary>
    public int Frame { get; private set; }

    /// <summary>
    /// The number of entities and variable-size data made or grown, as the rules require: the same on every
    /// backend. Scratch is not counted.
    /// </summary>
    public long Allocations { get; protected set; }

    /// <summary>Called in every frame with what the camera sees, while it is not null.</summary>
    public ShowPicture? OnPicture { get; set; }

    /// <summary>Managed bytes made by threads that the world has of its own.</summary>
    public virtual long WorkerBytes => 0;

    /// <summary>The number of entities that are alive.</summary>
    public abstract int Population { get; }

    /// <summary>The numbers that a world keeps outside its backend's memory, for going back.</summary>
    public WorldState State
    {
        get => new(Frame, Allocations, _shipsLaunched, _room, _exhaustBerth, _pictures);
        set => (Frame, Allocations, _shipsLaunched, _room, _exhaustBerth, _pictures) = value;
    }

    protected Torus Space { get; } = settings.Space;

    /// <summary>Steps the world by one frame of 1/60 second.</summary>
    public void Step()
    {
        Frame++;
        var scratch = BeginFrame();
        var view = new FrameView(
            SortShips(scratch), new Picture(ShipAt(0).Position, Space, scratch.Sprites));
        ThinkShips(ref view);
        MoveShips(ref view);
        StepShots(ref view);
        StepParticles(ref view);
        StepPickups(ref view);

        _room = Settings.Entities - Population;
        for (var berth = 0; berth < Settings.Ships; berth++)
            Resolve(berth);
        AddPickups();
        FillWithExhaust();
        _pictures = Rng.Mix(_pictures, view.Picture.Hash());
        OnPicture?.Invoke(view.Picture.Sprites);
        EndFrame();
    }

    /// <summary>Records where the world's memory lies in its capture, if it has one.</summary>
    public virtual void RecordMap()
    {
    }

    /// <summary>Returns what its memory looks like, on a backend that can show it.</summary>
    public virtual MemoryLook Look() => MemoryLook.None;

    /// <summary>Returns the sums of what was forgotten on purpose, by kind.</summary>
    public (long Count, long Bytes) Forgotten(Forgettable kind) => _forgotten[(int)kind];

    /// <summary>Returns the checksum of everything in the world and of all pictures.</summary>
    public ulong Checksum() => Rng.Mix(Rng.Mix(_pictures, (ulong)Frame), SumOfEntities().Value);

    /// <summary>
    /// Frees everything that the world still knows, and returns the sums of the rest, which was forgotten. Afterwards
    /// the world can only be disposed.
    /// </summary>
    public abstract LeakTally Close();

    public abstract void Dispose();

    /// <summary>Lends scratch for one frame.</summary>
    protected abstract FrameScratch BeginFrame();

    protected abstract void EndFrame();

    protected abstract ref ShipState ShipAt(int berth);

    /// <summary>
    /// Ships in the order of their berths, those whose pilots think in this frame. None moves meanwhile, so that all
    /// see the others where they were when the frame began.
    /// </summary>
    protected abstract void ThinkShips(ref FrameView view);

    /// <summary>Ships in any order: read, move.</summary>
    protected abstract void MoveShips(ref FrameView view);

    /// <summary>Shots in any order: seek, move, hit, end.</summary>
    protected abstract void StepShots(ref FrameView view);

    /// <summary>Particles in any order: move, fade.</summary>
    protected abstract void StepParticles(ref FrameView view);

    /// <summary>Pickups in any order: drift, be found, vanish.</summary>
    protected abstract void StepPickups(ref FrameView view);

    /// <summary>Puts a ship into a berth; the one that was there, if any, ends with all its data.</summary>
    protected abstract void PutShip(in ShipState state);

    /// <summary>Adds a shot that is locked on what the ship in the berth is locked on.</summary>
    protected abstract void AddShot(int berth, in ShotState state);

    protected abstract void AddParticle(in ParticleState state);

    /// <summary>Adds a pickup and writes its log book.</summary>
    protected abstract void AddPickup(in PickupState state);

    protected abstract int PickupCount { get; }

    /// <summary>Returns the checksum of all entities with their data.</summary>
    protected abstract Checksum SumOfEntities();

    /// <summary>Fills the world; the backend's constructor calls it once, when it can take ships.</summary>
    protected void Populate()
    {
        for (var berth = 0; berth < Settings.Ships; berth++)
            Launch(berth);
        AddPickups();
        FillWithExhaust();
    }

    /// <summary>Makes the random numbers for one decision of one ship in this frame.</summary>
    protected Rng Decide(Decision decision, int berth) =>
        new(Settings.Seed, Rng.Mix(((ulong)Frame << 32) | (uint)berth, (ulong)decision));

    /// <summary>Returns whether to forget a free of a ship's data, for <c>--leak</c>.</summary>
    protected bool Forgets(int berth) =>
        Settings.LeakRate > 0 && Decide(Decision.Forget, berth).Unit() < Settings.LeakRate;

    /// <summary>
    /// Returns whether to forget a free of a pickup. The pickup decides it, because their order is the backend's.
    /// </summary>
    protected bool Forgets(in PickupState pickup) => Settings.LeakRate > 0
        && new Rng(Settings.Seed, Rng.Mix(pickup.LogKey, (ulong)Decision.Forget)).Unit() < Settings.LeakRate;

    /// <summary>Counts a free that the backend forgets; called for each.</summary>
    protected void CountForgotten(Forgettable kind, long byteCount)
    {
        _forgotten[(int)kind].Count++;
        _forgotten[(int)kind].Bytes += byteCount;
    }

    /// <summary>Returns the tally without lines, for a backend that does not know them.</summary>
    protected LeakTally SumForgotten() =>
        new(_forgotten.Sum(kind => kind.Count), _forgotten.Sum(kind => kind.Bytes), []);

    private ShipGrid SortShips(FrameScratch scratch)
    {
        for (var berth = 0; berth < scratch.Ships.Length; berth++)
            scratch.Ships[berth] = ShipRules.Seen(in ShipAt(berth));
        return new ShipGrid(Settings, scratch.Ships, scratch.CellEnds, scratch.SortedShips);
    }

    private void Launch(int berth) =>
        PutShip(ShipRules.Launch(berth, ++_shipsLaunched, Space, Decide(Decision.Launch, berth)));

    // Applies what the frame did to a ship, and what the ship does in return.
    private void Resolve(int berth)
    {
        ref var ship = ref ShipAt(berth);
        var sparks = SparksPerHit * ship.Hits;
        if (!ShipRules.Survives(ref ship))
        {
            for (var piece = 0; piece < PiecesOfWreck && _room > 0; piece++)
                Emit(ParticleRules.Wreck(in ship, Decide(Decision.Wreck + piece, berth)));
            Launch(berth);
            return;
        }
        if (ship.WantsToFire && _room > 0)
        {
            AddShot(berth, ShotRules.FiredBy(in ship, Decide(Decision.Fire, berth)));
            _room--;
        }
        for (var spark = 0; spark < sparks && _room > 0; spark++)
            Emit(ParticleRules.Spark(in ship, Decide(Decision.Spark + spark, berth)));
    }

    private void AddPickups()
    {
        for (var missing = Settings.Pickups - PickupCount; missing > 0 && _room > 0; missing--, _room--)
            AddPickup(PickupRules.Appear(Space, Decide(Decision.Pickup, missing)));
    }

    // The population is full again at the end of each frame: ships take turns to leave exhaust.
    private void FillWithExhaust()
    {
        for (var puff = 0; _room > 0; puff++)
        {
            _exhaustBerth = (_exhaustBerth + 1) % Settings.Ships;
            ref var ship = ref ShipAt(_exhaustBerth);
            Emit(ParticleRules.Exhaust(in ship, Decide(Decision.Exhaust, puff)));
        }
    }

    private void Emit(in ParticleState particle)
    {
        AddParticle(in particle);
        _room--;
    }
}
