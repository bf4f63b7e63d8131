using GameLoop.Backends;
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
        var careful = new WorldSettings(2_000, Seed: 3, LeakRate: 0);
        var clean = All.Select(backend => History(backend, careful, frames)).ToArray();
        var leaky = All.Select(backend => History(backend, careful with { LeakRate = 0.5 }, frames)).ToArray();

        Assert.All(clean, end => Assert.Equal(0, end.Leaks));
        Assert.All(leaky, end => Assert.Equal(clean[0].Checksum, end.Checksum));
        Assert.True(leaky[0].Leaks > 0);
        Assert.All(leaky, end => Assert.Equal(leaky[0].Leaks, end.Leaks));
    }

    [Fact]
    public void All_backends_forget_as_many_of_each_kind()
    {
        var counts = All.Select(backend =>
        {
            using var world = WorldRunner.Create(backend, new WorldSettings(2_000, 3, LeakRate: 0.5));
            Step(world, 240);
            return Enum.GetValues<Forgettable>().Select(kind => world.Forgotten(kind).Count).ToArray();
        }).ToArray();
        Assert.All(counts[0], count => Assert.True(count > 0));
        Assert.All(counts, each => Assert.Equal(counts[0], each));
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void On_arena_the_three_planted_leaks_are_named_by_line_count_and_bytes_and_nothing_else(double rate)
    {
        using var world = WorldRunner.Create(Backend.Arena, new WorldSettings(2_000, 3, rate));
        Step(world, 300);
        var planted = PlantedLines.Of(world);
        var leaks = world.Close();

        Assert.Equal(3, planted.Count);
        Assert.All(planted, place => Assert.True(place.Count > 0));
        Assert.Equal(planted, PlantedLines.Sorted(leaks.Sites));
        Assert.Equal(planted.Sum(place => place.Count), leaks.Count);
        Assert.Equal(planted.Sum(place => place.Bytes), leaks.Bytes);
    }

    [Fact]
    public void In_steady_state_a_frame_on_arena_makes_no_managed_object()
    {
        using var world = WorldRunner.Create(Backend.Arena, new WorldSettings(2_000, Seed: 9));
        Step(world, 200);
        var before = RuntimeCounters.Read();
        Step(world, 100);
        Assert.Equal(0, (RuntimeCounters.Read() - before).AllocatedBytes);
    }

    private static (ulong Checksum, long Allocations, long Leaks) History(
        Backend backend, WorldSettings settings, int frames)
    {
        using var world = WorldRunner.Create(backend, settings);
        Step(world, frames);
        return (world.Checksum(), world.Allocations, world.Close().Count);
    }

    private static void Step(World world, int frames)
    {
        for (var frame = 0; frame < frames; frame++)
            world.Step();
    }
}
