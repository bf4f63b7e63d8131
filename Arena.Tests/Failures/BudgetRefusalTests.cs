using Arena.Pools;
using Arena.Tests.Pools;

namespace Arena.Tests.Failures;

/// <summary>Exceptions of a budget are recognized by more than their text.</summary>
public sealed unsafe class BudgetRefusalTests
{
    private const int BudgetBytes = 1 << 20;

    public static TheoryData<string> Kinds => [.. Requests.Keys];

    private static Dictionary<string, Action<PageArena>> Requests => new()
    {
        ["arena"] = arena => arena.Allocate(BudgetBytes),
        ["heap"] = arena => new Heap(arena).Allocate(BudgetBytes),
        ["shared heap"] = arena => new SharedHeap(arena).Allocate(BudgetBytes),
        ["buddy allocator"] = arena => _ = new BuddyAllocator(arena, BudgetBytes),
        ["frame allocator"] = arena => new FrameAllocator(arena).Allocate(BudgetBytes),
        ["buffers of a frame allocator"] = arena => _ = new FrameAllocator(arena, BudgetBytes / 2, buffers: 2),
        ["worker frames"] = arena => _ = new WorkerFrames(arena, BudgetBytes).Current,
        ["pool"] = arena => new Pool<Line64>(arena).Reserve(BudgetBytes / 64),
        ["shared pool"] = arena => new SharedPool<Line64>(arena).Reserve(BudgetBytes / 64),
        ["map"] = arena => new HandleMap<Line64>(arena).Reserve(BudgetBytes / 64),
        ["dense map"] = arena => new DenseHandleMap<Line64>(arena).Reserve(BudgetBytes / 64),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_request_beyond_the_budget_is_known_as_one(string kind)
    {
        using var arena = new PageArena(new PageArenaOptions { Name = kind, BudgetBytes = BudgetBytes });
        var refusal = Assert.Throws<ArenaOutOfMemoryException>(() => Requests[kind](arena));
        Assert.True(refusal.IsOfBudget, refusal.Message);
    }

    [Fact]
    public void Another_limit_is_not_a_budget_whatever_its_text_says()
    {
        using var arena = new PageArena("rules");
        using var heap = new Heap(arena);
        arena.Attach(new Veto());
        var veto = Assert.Throws<ArenaOutOfMemoryException>(() => { heap.Allocate(8); });
        Assert.Contains(PageStorage.BudgetIsSpent, veto.Message, StringComparison.Ordinal);
        Assert.False(veto.IsOfBudget);
        using var small = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = BudgetBytes });
        Assert.False(Assert.Throws<ArenaOutOfMemoryException>(() => small.Allocate(2 * BudgetBytes)).IsOfBudget);
    }

    private sealed class Veto : IAllocationVeto
    {
        public void Allocated(in AllocationEvent allocation)
        {
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
        }

        public void Cleared(Allocator allocator)
        {
        }

        public string? WhyRefused(Allocator allocator, nuint byteCount) =>
            new(PageStorage.BudgetIsSpent.AsSpan());
    }
}
