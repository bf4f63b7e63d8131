using GameLoop.Backends;
using GameLoop.Backends.Jobs;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Rules;
using GameLoop.Workers;

namespace Arena.Tests.Samples;

/// <summary>One world, stepped by any number of threads.</summary>
public sealed class JobWorldTests
{
    private const int Frames = 240;

    [Theory]
    [InlineData(1, 1UL)]
    [InlineData(2, 1UL)]
    [InlineData(3, 1UL)]
    [InlineData(8, 1UL)]
    [InlineData(1, 31_337UL)]
    [InlineData(3, 31_337UL)]
    public void Any_number_of_threads_lives_through_the_history_of_the_other_backends(int threads, ulong seed)
    {
        var settings = new WorldSettings(12_000, seed);
        using var alone = WorldRunner.Create(Backend.Arena, settings);
        using var together = WorldRunner.Create(Backend.Arena, settings, jobThreads: threads);
        for (var frame = 0; frame < Frames; frame++)
        {
            alone.Step();
            together.Step();
            Assert.Equal(settings.Entities, together.Population);
        }
        Assert.IsType<JobWorld>(together);
        Assert.Equal((alone.Checksum(), alone.Allocations), (together.Checksum(), together.Allocations));
        Assert.Equal(0, together.Close().Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(11)]
    [InlineData(999)]
    public void A_small_world_has_fewer_chunks_than_threads_and_ends_every_frame_full(int entities)
    {
        using var alone = WorldRunner.Create(Backend.Malloc, new WorldSettings(entities, Seed: 5));
        using var together = new JobWorld(new WorldSettings(entities, Seed: 5), threads: 4);
        for (var frame = 0; frame < Frames; frame++)
        {
            alone.Step();
            together.Step();
            Assert.Equal(entities, together.Population);
        }
        Assert.Equal(alone.Checksum(), together.Checksum());
    }

    [Fact]
    public void In_steady_state_no_thread_makes_a_managed_object()
    {
        using var world = new JobWorld(new WorldSettings(3_000, Seed: 9), threads: 3);
        // Until the data of pickups, which live for ten seconds, are as many as ever.
        Step(world, 700);
        // A table that is full grows, now and then; nothing is made frame by frame.
        var made = Enumerable.Range(0, 8).Select(_ => MadeIn(world, 100)).ToArray();
        Assert.Contains(0, made);
    }

    [Fact]
    public void Every_chunk_is_taken_once()
    {
        using var crew = new JobCrew(4);
        var taken = new int[1_000];
        for (var job = 1; job <= 20; job++)
        {
            crew.Do(taken.Length, worker =>
            {
                while (crew.TryTake(out var chunk))
                    Interlocked.Increment(ref taken[chunk]);
            });
            Assert.All(taken, count => Assert.Equal(job, count));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void What_a_job_throws_on_any_thread_reaches_the_caller_when_all_have_stopped(int thrower)
    {
        using var crew = new JobCrew(3);
        var stopped = 0;
        var failure = Assert.Throws<IOException>(() => crew.Do(3, worker =>
        {
            if (worker == thrower)
                throw new IOException("full");
            Interlocked.Increment(ref stopped);
        }));
        Assert.Equal(("full", 2), (failure.Message, stopped));
    }

    private static long MadeIn(World world, int frames)
    {
        // Asking the workers makes an enumerator: outside of what is counted.
        var workersBefore = world.WorkerBytes;
        var before = RuntimeCounters.Read();
        Step(world, frames);
        var made = (RuntimeCounters.Read() - before).AllocatedBytes;
        return made + world.WorkerBytes - workersBefore;
    }

    private static void Step(World world, int frames)
    {
        for (var frame = 0; frame < frames; frame++)
            world.Step();
    }
}
