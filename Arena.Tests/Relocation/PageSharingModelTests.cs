using System.Globalization;
using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Relocation;

/// <summary>
/// Random allocations and frees in a pool whose pages share storage, with compactions, trims and clears at random
/// moments, and an OS that refuses at random. ARENA_SHARING_STEPS=N plays N operations a case.
/// </summary>
[Collection(nameof(PageSharingTests))]
public sealed class PageSharingModelTests
{
    private const int DefaultSteps = 100_000;

    [LinuxTheory]
    [InlineData(0, 0)]
    [InlineData(7, 0)]
    [InlineData(0, 20_000)]
    [InlineData(9, 20_000)]
    public void A_pool_keeps_every_byte_whatever_is_shared(int failOneIn, int maximumSlots)
    {
        var steps = Environment.GetEnvironmentVariable("ARENA_SHARING_STEPS") is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : DefaultSteps;
        Play<Bytes64>(steps / 2, failOneIn, maximumSlots);
        Play<Bytes48>(steps / 4, failOneIn, maximumSlots);
        Play<Bytes117>(steps / 4, failOneIn, maximumSlots);
    }

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pool_of_small_slabs_or_a_small_budget_does_too(bool hasBudget)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            using var os = new FailingContext();
            using var arena = new PageArena(
                new PageArenaOptions
                {
                    Name = "small",
                    SharePages = true,
                    ReserveBytes = 16 << 20,
                    BudgetBytes = hasBudget ? 500u << 10 : 0,
                },
                os.Memory);
            using var pool = new Pool<Bytes64>(arena, new PoolOptions { SlabBytes = hasBudget ? 0 : 64 << 10 });
            var model = new SharedPoolModel<Bytes64>(pool, arena, seed) { Most = 6000 };
            model.Play(10_000);
            Assert.True(arena.CommittedBytes <= arena.BudgetBytes);
            model.FreeAll();
        }
    }

    private static void Play<T>(int steps, int failOneIn, int maximumSlots)
        where T : unmanaged
    {
        var seed = Random.Shared.Next();
        using var os = new FailingContext();
        using (var arena = new PageArena(new PageArenaOptions { Name = "model", SharePages = true }, os.Memory))
        {
            using var other = new Pool<T>(arena);
            using var pool = new Pool<T>(arena, new PoolOptions { MaximumSlots = maximumSlots });
            var model = new SharedPoolModel<T>(pool, arena, seed);
            if (failOneIn != 0)
                os.FailRandomly(seed, failOneIn);
            model.Play(steps);
            os.Reset();
            model.FreeAll();
            pool.Trim();
            pool.Dispose();
            other.Dispose();
            arena.Trim();
            Assert.True(arena.SharedPageCount == 0, $"seed {seed}: {arena.SharedPageCount} pages still share");
            Assert.True(arena.FileBytes == 0, $"seed {seed}: {arena.FileBytes} bytes of storage are left");
        }
    }
}
