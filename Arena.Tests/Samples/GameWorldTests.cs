using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Rules;

namespace Arena.Tests.Samples;

public sealed class GameWorldTests
{
    private static readonly Backend[] All = Enum.GetValues<Backend>();

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(31_337UL)]
    [InlineData(ulong.MaxValue)]
    public void All_backends_live_through_the_same_history(ulong seed)
    {
        var ends = All.Select(backend => History(backend, new WorldSettings(2_000, seed), frames: 120)).ToArray();
        Assert.All(ends, end => Assert.Equal(ends[0], end));
    }

    [Fact]
    public void Another_seed_is_another_history()
    {
        var (first, _, _) = History(Backend.Gc, new WorldSettings(500, 1), frames: 30);
        var (second, _, _) = History(Backend.Gc, new WorldSettings(500, 2), frames: 30);
        Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(11)]
    [InlineData(999)]
    public void Every_frame_ends_with_exactly_the_population_asked_for(int entities)
    {
        foreach (var backend in All)
        {
            using var world = WorldRunner.Create(backend, new WorldSettings(entities, Seed: 5));
            for (var frame = 0; frame < 200; frame++)
            {
                world.Step();
                Assert.Equal(entities, world.Population);
            }
        }
    }

    [Fact]
    public void Forgetting_to_free_changes_the_leaks_and_nothing_else()
    {
        const int frames = 240;
        var careful = new WorldSettings(2_000, Seed: 3, LeakRate: 0, frames);
        var clean = All.Select(backend => History(backend, careful, frames)).ToArray();
        var leaky = All.Select(backend => History(backend, careful with { LeakRate = 0.5 }, frames)).ToArray();

        Assert.All(clean, end => Assert.Equal(0, end.Leaks));
        Assert.All(leaky, end => Assert.Equal(clean[0].Checksum, end.Checksum));
        Assert.True(leaky[0].Leaks > 0);
        Assert.All(leaky, end => Assert.Equal(leaky[0].Leaks, end.Leaks));
    }

    [Fact]
    public void On_arena_the_two_leaking_lines_are_named_and_account_for_every_leak()
    {
        using var world = WorldRunner.Create(Backend.Arena, new WorldSettings(2_000, 3, LeakRate: 0.5, 240));
        for (var frame = 0; frame < 240; frame++)
            world.Step();
        var leaks = world.Close();

        Assert.Equal(2, leaks.Sites.Count);
        Assert.All(leaks.Sites, site => Assert.EndsWith("ArenaWorld.Step.cs", site.File, StringComparison.Ordinal));
        Assert.Equal(leaks.Count, leaks.Sites.Sum(site => site.Count));
        Assert.Equal(leaks.Bytes, leaks.Sites.Sum(site => site.Bytes));
    }

    [Fact]
    public void In_steady_state_a_frame_on_arena_makes_no_managed_object()
    {
        using var world = WorldRunner.Create(Backend.Arena, new WorldSettings(2_000, Seed: 9));
        for (var frame = 0; frame < 200; frame++)
            world.Step();
        var before = RuntimeCounters.Read();
        for (var frame = 0; frame < 100; frame++)
            world.Step();
        Assert.Equal(0, (RuntimeCounters.Read() - before).AllocatedBytes);
    }

    private static (ulong Checksum, long Allocations, long Leaks) History(
        Backend backend, WorldSettings settings, int frames)
    {
        using var world = WorldRunner.Create(backend, settings);
        for (var frame = 0; frame < frames; frame++)
            world.Step();
        return (world.Checksum(), world.Allocations, world.Close().Count);
    }
}
