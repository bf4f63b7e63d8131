using GameLoop.Backends;
using GameLoop.Backends.Gc;
using GameLoop.Rules;

namespace GameLoop.Rollback;

/// <summary>Each frame is a deep copy of all objects.</summary>
internal sealed class GcRollback(WorldSettings settings) : IRollback
{
    private readonly GcWorld _world = new(settings);
    private GcState[] _states = [];

    public string Name => "gc, by hand";

    public World World => _world;

    public long HeldBytes => -1;

    public void Begin(int frames) => _states = new GcState[frames];

    public ulong Save()
    {
        _states[_world.Frame % _states.Length] = _world.CopyState();
        return _world.Checksum();
    }

    public void Restore(int frame) => _world.Take(_states[frame % _states.Length]);

    public void End() => _states = [];

    public void Dispose() => _world.Dispose();
}
