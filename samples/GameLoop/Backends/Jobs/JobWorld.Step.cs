using System.Numerics;
using Arena.Collections;
using GameLoop.Rules;

namespace GameLoop.Backends.Jobs;

// The jobs of a frame; the other files keep entities, and say how one of them lives.
internal sealed unsafe partial class JobWorld
{
    // A chunk holds both ships of a pair, one of which sends messages to the other, and begins with the first of four
    // berths, of which one thinks.
    private const int ChunkLength = EntityList<Shot>.ChunkLength;

    // Kept, so that no frame makes a delegate.
    private readonly Action<int> _think;
    private readonly Action<int> _move;
    private readonly Action<int> _stepShots;
    private readonly Action<int> _stepParticles;
    private readonly Action<int> _stepPickups;

    // What all workers see of this frame.
    private nint _sortedShips;
    private nint _cellEnds;
    private Vector2 _camera;

    private int ShipChunks => (Settings.Ships + ChunkLength - 1) / ChunkLength;

    protected override void ThinkShips(ref FrameView view)
    {
        _camera = ShipAt(0).Position;
        Do(ShipChunks, _think, ref view);
    }

    protected override void MoveShips(ref FrameView view) => Do(ShipChunks, _move, ref view);

    protected override void StepShots(ref FrameView view)
    {
        _shotList.Begin();
        Do(_shotList.ChunkCount, _stepShots, ref view);
        _shotList.Close();
    }

    protected override void StepParticles(ref FrameView view)
    {
        _particleList.Begin();
        Do(_particleList.ChunkCount, _stepParticles, ref view);
        _particleList.Close();
    }

    protected override void StepPickups(ref FrameView view)
    {
        _pickupList.Begin();
        Do(_pickupList.ChunkCount, _stepPickups, ref view);
        _pickupList.Close();
    }

    // Does a job, and gathers what each worker leaves: sums, and notes that are applied as sums.
    private void Do(int chunks, Action<int> job, ref FrameView view)
    {
        _crew.Do(chunks, job);
        foreach (var part in _parts)
        {
            view.Picture.Add(part.Pictures);
            Allocations += part.Allocations;
            foreach (var effect in part.Effects)
                Apply(effect);
            (part.Pictures, part.Allocations, part.Effects) = (0, 0, default);
        }
    }

    private void Apply(Effect effect)
    {
        ref var ship = ref ShipAt(effect.Berth);
        if (effect.Repair == 0)
            ShipRules.Hit(ref ship);
        else
            ShipRules.Find(ref ship, new PickupState { Repair = effect.Repair }, effect.Intel);
    }

    private ShipGrid Grid() => new(
        Settings,
        new ReadOnlySpan<int>((int*)_cellEnds, Settings.CellsPerSide * Settings.CellsPerSide),
        new ReadOnlySpan<GridEntry>((GridEntry*)_sortedShips, Settings.Ships));

    // A picture of one chunk at a time: the sprites of the one before are drawn.
    private Picture NewPicture(Span<Sprite> sprites) => new(_camera, Space, sprites);

    private Span<Sprite> NewSprites() => _frames.Current.AllocateSpan<Sprite>(ChunkLength);

    private void ThinkShips(int worker)
    {
        var part = _parts[worker];
        var grid = Grid();
        while (_crew.TryTake(out var chunk))
        {
            var end = Math.Min(Settings.Ships, (chunk + 1) * ChunkLength);
            var first = (chunk * ChunkLength) + ShipRules.FirstThinker(Frame);
            for (var berth = first; berth < end; berth += ShipRules.FramesPerThought)
                Think(ref *(Ship*)_berths[berth], grid, part);
        }
    }

    private void MoveShips(int worker)
    {
        var part = _parts[worker];
        var sprites = NewSprites();
        while (_crew.TryTake(out var chunk))
        {
            var picture = NewPicture(sprites);
            var end = Math.Min(Settings.Ships, (chunk + 1) * ChunkLength);
            for (var berth = chunk * ChunkLength; berth < end; berth++)
                Move(ref *(Ship*)_berths[berth], ref picture, part);
            part.Pictures = unchecked(part.Pictures + picture.Hash());
        }
    }

    private void StepShots(int worker)
    {
        var part = _parts[worker];
        var grid = Grid();
        var sprites = NewSprites();
        Span<nint> spent = stackalloc nint[ChunkLength];
        part.Effects = new NativeList<Effect>(_frames.Current);
        while (_crew.TryTake(out var chunk))
        {
            var picture = NewPicture(sprites);
            var (kept, dead) = (0, 0);
            var shots = _shotList.Chunk(chunk);
            foreach (var shot in shots)
            {
                if (Step(ref *(Shot*)shot, grid, ref picture, part))
                {
                    shots[kept++] = shot;
                    continue;
                }
                ((Shot*)shot)->Trail.Dispose();
                spent[dead++] = shot;
            }
            _shotList.Keep(chunk, kept);
            _shots.FreeRange(spent[..dead]);
            part.Pictures = unchecked(part.Pictures + picture.Hash());
        }
    }

    private void StepParticles(int worker)
    {
        var part = _parts[worker];
        var sprites = NewSprites();
        Span<nint> faded = stackalloc nint[ChunkLength];
        while (_crew.TryTake(out var chunk))
        {
            var picture = NewPicture(sprites);
            var (kept, dead) = (0, 0);
            var particles = _particleList.Chunk(chunk);
            foreach (var particle in particles)
            {
                ref var state = ref *(ParticleState*)particle;
                if (!ParticleRules.Step(ref state, Space))
                {
                    faded[dead++] = particle;
                    continue;
                }
                picture.Draw(state.Position, state.Colour);
                particles[kept++] = particle;
            }
            _particleList.Keep(chunk, kept);
            _particles.FreeRange(faded[..dead]);
            part.Pictures = unchecked(part.Pictures + picture.Hash());
        }
    }

    private void StepPickups(int worker)
    {
        var part = _parts[worker];
        var grid = Grid();
        var sprites = NewSprites();
        part.Effects = new NativeList<Effect>(_frames.Current);
        while (_crew.TryTake(out var chunk))
        {
            var picture = NewPicture(sprites);
            var kept = 0;
            var pickups = _pickupList.Chunk(chunk);
            foreach (var pickup in pickups)
            {
                if (Step(ref *(Pickup*)pickup, grid, ref picture, part))
                {
                    pickups[kept++] = pickup;
                    continue;
                }
                ((Pickup*)pickup)->Log.Dispose();
                _pickups.Free((Pickup*)pickup);
            }
            _pickupList.Keep(chunk, kept);
            part.Pictures = unchecked(part.Pictures + picture.Hash());
        }
    }
}
