using System.Globalization;
using Arena.Pools;

namespace Arena.Tests.Relocation;

/// <summary>
/// Random operations against a dictionary of what should live, with compactions, trims, pins and dead handles at random
/// moments. ARENA_RELOCATION_STEPS=N plays N operations, ARENA_RELOCATION_SEED=N the seed N.
/// </summary>
public sealed class RelocatableModelTests
{
    private const int DefaultSteps = 1_000_000;

    [Fact]
    public void A_heap_that_is_compacted_at_any_moment_keeps_every_byte()
    {
        var seed = Read("ARENA_RELOCATION_SEED", Random.Shared.Next());
        using var arena = new PageArena("model");
        using var other = new RelocatableHeap(arena, "other");
        using var heap = new RelocatableHeap(arena);
        var model = new RelocatableModel(heap, other, seed);
        model.Play(Read("ARENA_RELOCATION_STEPS", DefaultSteps));
        model.FreeAll();
        heap.Trim();
        Assert.Equal(0, heap.LiveCount);
        Assert.Equal((nuint)0, heap.LiveBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_small_budget_only_makes_allocations_fail(int seed)
    {
        using var arena = new PageArena(new PageArenaOptions
        {
            Name = "small",
            ReserveBytes = 4 << 20,
            BudgetBytes = 600 << 10,
        });
        using var other = new RelocatableHeap(arena, "other");
        using var heap = new RelocatableHeap(arena);
        var model = new RelocatableModel(heap, other, seed) { Most = 4000 };
        model.Play(60_000);
        model.FreeAll();
        Assert.True(arena.CommittedBytes <= arena.BudgetBytes);
    }

    private static int Read(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}
