using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>A pool and a heap in an arena of their own, guarded or not.</summary>
internal sealed class GuardedSlots : IDisposable
{
    private readonly PageArena _arena;

    public GuardedSlots(GuardOptions? guard)
    {
        _arena = new PageArena(new PageArenaOptions { Name = "bench", Guard = guard });
        Pool = new Pool<Node64>(_arena);
        Heap = new Arena.Pools.Heap(_arena);
    }

    public Pool<Node64> Pool { get; }

    public Arena.Pools.Heap Heap { get; }

    public void Dispose() => _arena.Dispose();
}
