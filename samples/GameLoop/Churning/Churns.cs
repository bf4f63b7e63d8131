using Arena;
using Arena.Pools;
using GameLoop.Options;

namespace GameLoop.Churning;

/// <summary>The churn of each backend.</summary>
internal static class Churns
{
    private const int Places = 100_000;

    public static IChurn Of(Backend backend) => backend switch
    {
        Backend.Arena => OnArena(),
        Backend.Gc => new ChurnLoop<GcChurn>(new GcChurn(Places)),
        Backend.Malloc => new ChurnLoop<MallocChurn>(new MallocChurn(Places)),
        _ => throw new ArgumentOutOfRangeException(nameof(backend)),
    };

    private static ChurnLoop<ArenaChurn> OnArena()
    {
        var arena = new PageArena("churn");
        return new ChurnLoop<ArenaChurn>(new ArenaChurn(arena, new Pool<Block64>(arena), new Heap(arena), Places));
    }
}
