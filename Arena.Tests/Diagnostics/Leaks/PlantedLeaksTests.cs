using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Leaks;

/// <summary>
/// Leaks planted at known lines, between callers that are inlined, generic, lambdas, local functions and iterators,
/// and that free what they take: each is found by exact file, line, count and bytes, and nothing else is reported.
/// </summary>
public sealed unsafe class PlantedLeaksTests : IDisposable
{
    private readonly PageArena _arena = new("planted");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Inlined_and_generic_callers_are_found_at_their_lines()
    {
        using var game = new Game(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        for (var frame = 0; frame < 200; frame++)
        {
            game.Play(frame);
            tracker.EndFrame();
        }
        AssertPlanted(tracker.Report(), rounds: 1);
    }

    [Fact]
    public void They_are_found_when_the_tracker_comes_late_goes_and_comes_again()
    {
        using var game = new Game(_arena);
        for (var round = 0; round < 3; round++)
        {
            for (var frame = 0; frame < 30; frame++)
                game.Play(frame);
            using var tracker = LeakTracker.Attach(_arena);
            for (var frame = 0; frame < 200; frame++)
                game.Play(frame);
            AssertPlanted(tracker.Report(), rounds: 1);
            Assert.All(tracker.Report().BeforeAttach, row => Assert.Equal(row.CountAtAttach, row.Count));
        }
    }

    [Fact]
    public void They_are_found_under_eight_threads_with_an_allocator_each()
    {
        const int threads = 8;
        var games = Enumerable.Range(0, threads).Select(_ => new Game(_arena)).ToArray();
        using var tracker = LeakTracker.Attach(_arena);
        var runs = games.Select(game => new Thread(() =>
        {
            for (var frame = 0; frame < 200; frame++)
                game.Play(frame);
        })).ToArray();
        Array.ForEach(runs, run => run.Start());
        // Reports and frames meanwhile: whatever they see, they must not disturb.
        while (runs.Any(run => run.IsAlive))
        {
            var report = tracker.Report();
            Assert.Equal(report.LiveCount, report.Sites.Sum(site => site.Count));
            tracker.EndFrame();
            tracker.Snapshot();
        }
        AssertPlanted(tracker.Report(), threads);
        Array.ForEach(games, game => game.Dispose());
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void They_are_found_under_eight_threads_with_an_arena_each()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, number =>
        {
            using var arena = new PageArena($"sector {number}");
            using var game = new Game(arena);
            using var tracker = LeakTracker.Attach(arena);
            for (var frame = 0; frame < 200; frame++)
                game.Play(frame);
            AssertPlanted(tracker.Report(), rounds: 1);
        });
    }

    private static void AssertPlanted(LeakReport report, int rounds)
    {
        var expected = Game.Planted.Select(leak =>
            ($"{leak.Line} {leak.Member}", leak.Count * rounds, leak.Bytes * (nuint)rounds)).Order();
        var found = report.Sites.Select(site => ($"{site.Line} {site.Member}", site.Count, site.Bytes)).Order();
        Assert.Equal(expected, found);
        Assert.All(report.Sites, site => Assert.Equal("PlantedLeaksTests.cs", Path.GetFileName(site.File)));
        Assert.Equal(0, report.UntrackedCount);
    }

    private readonly record struct Leak(int Line, string Member, int Count, nuint Bytes);

    private sealed class Game(PageArena arena) : IDisposable
    {
        private static int inlinedLine;
        private static int genericLine;
        private static int lambdaLine;
        private static int tryLine;

        private readonly Pool<long> _pool = new(arena);
        private readonly Pool<Wide> _wide = new(arena);
        private readonly HandleMap<int> _map = new(arena);
        private readonly Heap _heap = new(arena);
        private readonly BuddyAllocator _buddy = new(arena, 1 << 20);

        // 200 frames: every 10th leaks a long, every 20th a Wide and 100 bytes, every 50th 300.
        public static Leak[] Planted =>
        [
            new(inlinedLine, "Forget", 20, 20 * 8), new(genericLine, "Keep", 10, 10 * 96),
            new(lambdaLine, "Play", 10, 10 * 112), new(tryLine, "TryToKeep", 4, 4 * 512),
        ];

        public void Play(int frame)
        {
            _pool.Free(_pool.Allocate());
            _map.Free(_map.Allocate(frame));
            Drop(_wide);
            var scratch = _heap.Allocate(100);
            if (frame % 10 == 0)
                Forget();
            if (frame % 20 == 0)
            {
                Keep(_wide);
                var take = () => { _ = _heap.Allocate(100); }; lambdaLine = Here();
                take();
            }
            if (frame % 50 == 0)
                TryToKeep();
            _heap.Free(scratch);
            _buddy.Free(_buddy.Allocate(300));
        }

        public void Dispose()
        {
            _pool.Dispose();
            _wide.Dispose();
            _map.Dispose();
            _heap.Dispose();
            _buddy.Dispose();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Forget()
        {
            _pool.Allocate(); inlinedLine = Here();
        }

        private static void Keep<T>(Pool<T> pool)
            where T : unmanaged
        {
            pool.Allocate(); genericLine = Here();
        }

        private static void Drop<T>(Pool<T> pool)
            where T : unmanaged => pool.Free(pool.Allocate());

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void TryToKeep()
        {
            _buddy.TryAllocate(300, 16, out _); tryLine = Here();
        }

        private static int Here([CallerLineNumber] int line = 0) => line;
    }

    private struct Wide
    {
        public fixed byte Bytes[96];
    }
}
