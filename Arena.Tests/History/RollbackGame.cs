using Arena.Pools;

namespace Arena.Tests.History;

// docs/history.md shows what follows; the tests play it.
/// <summary>The calls of GGPO and its kin: save_game_state, load_game_state and advance_frame.</summary>
internal interface IRollbackCallbacks
{
    ulong SaveState(int frame);

    void LoadState(int frame);

    void AdvanceFrame(ReadOnlySpan<byte> inputs);
}

internal sealed class RollbackGame : IRollbackCallbacks, IDisposable
{
    private readonly PageArena _arena = new("simulation");
    private readonly HandleMap<Fighter> _fighters;
    private readonly Handle<Fighter>[] _players;
    private readonly ArenaHistory _history;

    public RollbackGame(int players)
    {
        _fighters = new HandleMap<Fighter>(_arena);
        _players = [.. Enumerable.Range(0, players).Select(_ => _fighters.Allocate(default))];
        _history = ArenaHistory.Attach(_arena, frames: 10);
    }

    // The number goes to the other machines, which compare it with theirs.
    public ulong SaveState(int frame)
    {
        _history.Save(frame);
        return _history.Checksum(frame);
    }

    public void LoadState(int frame) => _history.Restore(frame);

    public void AdvanceFrame(ReadOnlySpan<byte> inputs)
    {
        for (var player = 0; player < inputs.Length; player++)
        {
            ref var fighter = ref _fighters[_players[player]];
            fighter.Speed += inputs[player];
            fighter.Position += fighter.Speed;
        }
    }

    public void Dispose()
    {
        _history.Dispose();
        _arena.IgnoreLeaks = true;
        _arena.Dispose();
    }

    private struct Fighter
    {
        public long Position;
        public long Speed;
    }
}
