using GameLoop.Backends;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Rules;
using GameLoop.Workers;

namespace Arena.Tests.Samples;

public sealed class SectorCrewTests
{
    private const int Frames = 240;

    private static readonly Backend[] All = Enum.GetValues<Backend>();

    [Theory]
    [InlineData(1UL)]
    [InlineData(31_337UL)]
    public void On_three_threads_all_backends_live_through_the_same_history(ulong seed)
    {
        var ends = All.Select(backend => History(backend, new WorldSettings(2_000, seed), sectors: 3)).ToArray();
        Assert.All(ends, end => Assert.Equal(ends[0], end));
        Assert.NotEqual(ends[0], History(Backend.Arena, new WorldSettings(2_000, seed), sectors: 2));
    }

    [Fact]
    public void A_crew_of_one_is_the_world_stepped_alone()
    {
        var settings = new WorldSettings(500, Seed: 4);
        using var world = WorldRunner.Create(Backend.Gc, settings);
        for (var frame = 0; frame < Frames; frame++)
            world.Step();
        Assert.Equal((world.Checksum(), world.Allocations), History(Backend.Gc, settings, sectors: 1));
    }

    [Fact]
    public void Sectors_share_the_population_evenly_and_have_seeds_of_their_own()
    {
        var sectors = new WorldSettings(11, Seed: 7, LeakRate: 0.5).Split(4);
        Assert.Equal([3, 3, 3, 2], sectors.Select(sector => sector.Entities));
        Assert.Equal(7UL, sectors[0].Seed);
        Assert.Equal(4, sectors.Select(sector => sector.Seed).Distinct().Count());
        Assert.All(sectors, sector => Assert.Equal(0.5, sector.LeakRate));
    }

    [Fact]
    public void Leaks_of_one_line_in_several_sectors_are_one_site()
    {
        using var crew = Stepped(Backend.Arena, new WorldSettings(6_000, 3, LeakRate: 0.5), sectors: 3);
        var leaks = crew.Close();
        Assert.Equal(3, leaks.Sites.Count);
        Assert.Equal(leaks.Count, leaks.Sites.Sum(site => site.Count));
        Assert.Equal(leaks.Bytes, leaks.Sites.Sum(site => site.Bytes));

        using var onMalloc = Stepped(Backend.Malloc, new WorldSettings(6_000, 3, LeakRate: 0.5), sectors: 3);
        Assert.Equal(onMalloc.Close().Count, leaks.Count);
    }

    [Fact]
    public void Tallies_add_up_line_by_line_with_the_largest_first()
    {
        var sum = LeakTally.Sum(
        [
            new LeakTally(3, 30, [new LeakPlace("a.cs", 1, 2, 20), new LeakPlace("a.cs", 2, 1, 10)]),
            new LeakTally(5, 50, [new LeakPlace("a.cs", 2, 4, 40), new LeakPlace("b.cs", 2, 1, 10)]),
        ]);
        Assert.Equal((8, 80), (sum.Count, sum.Bytes));
        LeakPlace[] expected = [new("a.cs", 2, 5, 50), new("a.cs", 1, 2, 20), new("b.cs", 2, 1, 10)];
        Assert.Equal(expected, sum.Sites);
    }

    [Fact]
    public void A_worker_steps_on_another_thread_once_each_time()
    {
        var steps = 0;
        var thread = Environment.CurrentManagedThreadId;
        using var worker = new StepWorker(Step, "sector");
        for (var frame = 1; frame <= 100; frame++)
        {
            worker.Begin();
            worker.Await();
            worker.ThrowIfFailed();
            Assert.Equal(frame, steps);
        }
        Assert.NotEqual(Environment.CurrentManagedThreadId, thread);

        void Step()
        {
            steps++;
            thread = Environment.CurrentManagedThreadId;
        }
    }

    [Fact]
    public void What_a_step_throws_reaches_the_caller_and_the_worker_still_ends()
    {
        using var worker = new StepWorker(() => throw new IOException("full"), "sector");
        worker.Begin();
        worker.Await();
        Assert.Equal("full", Assert.Throws<IOException>(worker.ThrowIfFailed).Message);
    }

    [Fact]
    public void A_worker_ends_without_ever_having_stepped()
    {
        var steps = 0;
        new StepWorker(() => steps++, "sector").Dispose();
        Assert.Equal(0, steps);
    }

    [Fact]
    public void The_managed_bytes_of_a_worker_are_counted()
    {
        using var worker = new StepWorker(() => GC.KeepAlive(new byte[10_000]), "sector");
        worker.Begin();
        worker.Await();
        var before = worker.AllocatedBytes;
        worker.Begin();
        worker.Await();
        Assert.InRange(worker.AllocatedBytes - before, 10_000, 12_000);
    }

    private static (ulong Checksum, long Allocations) History(Backend backend, WorldSettings settings, int sectors)
    {
        using var crew = Stepped(backend, settings, sectors);
        return (crew.Checksum(), crew.Allocations);
    }

    private static SectorCrew Stepped(Backend backend, WorldSettings settings, int sectors)
    {
        var crew = new SectorCrew(backend, settings.Split(sectors));
        for (var frame = 0; frame < Frames; frame++)
            crew.Step();
        return crew;
    }
}
