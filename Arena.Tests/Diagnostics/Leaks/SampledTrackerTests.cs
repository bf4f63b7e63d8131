using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Leaks;

public sealed unsafe class SampledTrackerTests : IDisposable
{
    private const int SampleBytes = 8 << 10;

    private readonly PageArena _arena = new("sampled");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Totals_are_estimated_within_their_stated_error()
    {
        using var pool = new Pool<long>(_arena);
        using var heap = new Heap(_arena);
        using var buddy = new BuddyAllocator(_arena, 64 << 20);
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = SampleBytes });
        for (var i = 0; i < 100_000; i++)
        {
            pool.Allocate();
            heap.Allocate(40);
            if (i % 10 == 0)
                buddy.Allocate(2000);
        }
        var report = tracker.Report();
        Assert.Equal((nuint)SampleBytes, report.SampleBytes);
        Assert.Equal(3, report.Sites.Count);
        AssertNear(report, 800_000, 100_000, 8);
        AssertNear(report, 4_800_000, 100_000, 48);
        AssertNear(report, 20_480_000, 10_000, 2048);
    }

    [Fact]
    public void Frees_of_what_was_sampled_are_seen_and_the_others_need_not_be()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = 1024 });
        var random = new Random(7);
        var live = new List<nint>();
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (live.Count == 0 || random.Next(2) == 0)
                {
                    live.Add((nint)pool.Allocate());
                    continue;
                }
                var at = random.Next(live.Count);
                pool.Free((long*)live[at]);
                live[at] = live[^1];
                live.RemoveAt(live.Count - 1);
            }
            Assert.Equal(live.Count, pool.LiveCount);
        }
        foreach (var slot in live)
            pool.Free((long*)slot);
        var report = tracker.Report();
        Assert.Equal(0, report.LiveCount);
        Assert.Equal((nuint)0, report.LiveBytes);
        Assert.Empty(report.Sites);
        Assert.Equal(0, pool.LiveCount);
    }

    [Fact]
    public void The_mean_of_many_estimates_is_the_truth_for_mixed_sizes()
    {
        const int runs = 300;
        double sum = 0, squares = 0;
        for (var run = 0; run < runs; run++)
        {
            using var arena = new PageArena("run");
            using var heap = new Heap(arena);
            using var tracker = LeakTracker.Attach(arena, new LeakTrackerOptions { SampleBytes = 2048 });
            for (var i = 0; i < 200; i++)
            {
                heap.Allocate(16);
                heap.Allocate(496);
                if (i % 20 == 0)
                    heap.Allocate(8192);
            }
            var estimate = (double)tracker.Report().LiveBytes;
            sum += estimate;
            squares += estimate * estimate;
        }
        const double truth = 200 * (16 + 496) + 10 * 8192;
        var error = Math.Sqrt((squares / runs - sum / runs * (sum / runs)) / runs);
        Assert.InRange(sum / runs, truth - 4 * error, truth + 4 * error);
        Assert.InRange(error, 1, truth / 50);
    }

    [Fact]
    public void A_resize_in_place_is_sampled_as_an_allocation_is()
    {
        const int resizes = 20_000;
        using var heap = new Heap(_arena);
        var address = heap.Allocate(1024);
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = SampleBytes });
        for (var i = 0; i < resizes; i++)
            Assert.True(heap.Reallocate(address, (nuint)(i % 2 == 0 ? 900 : 1024)) == address);
        var frame = tracker.EndFrame();
        // One in nine is sampled: 2,200 of them, give or take 45.
        Assert.InRange(frame.Allocations, resizes * 0.9, resizes * 1.1);
        Assert.InRange(frame.AllocatedBytes, resizes * 960 * 0.9, resizes * 960 * 1.1);
        Assert.InRange(tracker.Report().LiveBytes, 0u, 9_000u);
    }

    [Fact]
    public void Beside_a_tracker_of_everything_it_still_samples()
    {
        using var pool = new Pool<long>(_arena);
        using var sampled = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = SampleBytes });
        pool.Allocate();
        using var full = LeakTracker.Attach(_arena);
        for (var i = 0; i < 100_000; i++)
            pool.Allocate();
        Assert.Equal(100_000, full.Report().LiveCount);
        AssertNear(sampled.Report(), 800_000, 100_000, 8);
        full.Dispose();
        for (var i = 0; i < 100_000; i++)
            pool.Allocate();
        Assert.InRange(sampled.Report().LiveCount, 150_000, 250_000);
    }

    [Fact]
    public void A_sample_with_stacks_names_the_callers_of_the_line()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(
            _arena, new LeakTrackerOptions { SampleBytes = 256, StacksOfSamples = true });
        for (var i = 0; i < 1_000; i++)
            Outer(pool);
        var site = Assert.Single(tracker.Report().Sites);
        var stack = site.Stacks[0];
        Assert.Contains("SampledTrackerTests.Outer", stack.Frames, StringComparison.Ordinal);
        Assert.DoesNotContain("Arena.Diagnostics.", stack.Frames, StringComparison.Ordinal);
        Assert.InRange(site.Stacks.Sum(s => s.Count), 5, 100);
    }

    [Fact]
    public void It_makes_no_garbage()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = 64 });
        Assert.Equal(0, Garbage.Of(() => Churn(pool)));
    }

    [Fact]
    public void It_does_not_say_what_survived_from_before()
    {
        using var pool = new Pool<long>(_arena);
        var slot = pool.Allocate();
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = SampleBytes });
        pool.Free(slot);
        var row = Assert.Single(tracker.Report().BeforeAttach);
        Assert.Equal((1, null, null), (row.CountAtAttach, row.Count, row.Bytes));
    }

    [Fact]
    public void Impossible_options_are_refused_with_the_remedy()
    {
        Refused(new LeakTrackerOptions { SampleBytes = 1 }, "2 or more");
        Refused(new LeakTrackerOptions { StacksOfSamples = true }, "TakeStacks");
        Refused(new LeakTrackerOptions { RecentFrames = 0 }, "RecentFrames");
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = SampleBytes });
        var e = Assert.Throws<InvalidOperationException>(() => tracker.SetBudget("ai", new MemoryBudget()));
        Assert.Contains("SampleBytes 0", e.Message, StringComparison.Ordinal);

        void Refused(LeakTrackerOptions options, string remedy)
        {
            var e = Assert.ThrowsAny<ArgumentException>(() => LeakTracker.Attach(_arena, options));
            Assert.Contains(remedy, e.Message, StringComparison.Ordinal);
        }
    }

    private static void Outer(Pool<long> pool) => pool.Allocate();

    private static void Churn(Pool<long> pool)
    {
        var slots = stackalloc long*[2000];
        for (var i = 0; i < 2000; i++)
            slots[i] = pool.Allocate();
        for (var i = 0; i < 2000; i++)
            pool.Free(slots[i]);
    }

    // The site that has allocations of that size.
    private static void AssertNear(LeakReport report, double bytes, double count, int sizeBytes)
    {
        var site = report.Sites.Single(s => Math.Abs((double)s.Bytes / s.Count - sizeBytes) < sizeBytes * 0.01);
        Assert.InRange(site.BytesError, 1, bytes / 5);
        Assert.InRange(site.Bytes, bytes - 4 * site.BytesError, bytes + 4 * site.BytesError);
        Assert.InRange(site.Count, count - 4 * site.BytesError / sizeBytes, count + 4 * site.BytesError / sizeBytes);
    }
}
