using Arena;
using GameLoop.Backends;
using GameLoop.Backends.Arenas;
using GameLoop.Rules;

namespace GameLoop.Rollback;

/// <summary>
/// The arena goes back as a whole. What the world knows outside of it is a few numbers, kept beside.
/// </summary>
internal sealed class ArenaRollback(WorldSettings settings) : IRollback
{
    private readonly ArenaWorld _world = new(settings);
    private WorldState[] _states = [];
    private ArenaHistory? _history;

    public string Name => "arena";

    public World World => _world;

    public long HeldBytes => (long)(_history?.HeldBytes ?? 0);

    public void Begin(int frames)
    {
        _history = ArenaHistory.Attach(_world.Memory, frames);
        _states = new WorldState[frames];
    }

    public ulong Save()
    {
        _states[_world.Frame % _states.Length] = _world.State;
        _history!.Save(_world.Frame);
        return _history.Checksum(_world.Frame);
    }

    public void Restore(int frame)
    {
        _history!.Restore(frame);
        _world.State = _states[frame % _states.Length];
    }

    public void End()
    {
        _history?.Dispose();
        _history = null;
    }

    public void Dispose()
    {
        End();
        _world.Memory.IgnoreLeaks = true;
        _world.Dispose();
    }
}
