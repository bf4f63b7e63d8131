using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics;

public sealed unsafe class LeakAssertTests
{
    [Fact]
    public void A_byte_an_iteration_is_seen_and_its_line_is_named()
    {
        using var arena = new PageArena("watched");
        using var buddy = new BuddyAllocator(arena, 1 << 20, 16);
        var line = 0;
        var error = Assert.Throws<LeakAssertException>(() => LeakAssert.NoGrowth(100, () =>
        {
            buddy.Free(buddy.Allocate(5000));
            line = NextLine();
            buddy.Allocate(1);
        }));
        Assert.Equal(16, error.Trend.SlopeBytesPerSecond, 1e-9);
        Assert.Equal(TrendVerdict.Confirmed, error.Trend.Verdict);
        var site = Assert.Single(error.Sites, site => site.Grows);
        Assert.StartsWith($"LeakAssertTests.cs:{line} (", site.Site, StringComparison.Ordinal);
        Assert.Equal(1, site.Share, 1e-9);
        Assert.StartsWith(
            "Live bytes grow by 16 bytes an iteration, 95 % interval 16 bytes to 16 bytes, over 100 iterations.\n"
            + $"  100 % LeakAssertTests.cs:{line} (", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 100)]
    [InlineData(7, 100)]
    [InlineData(10, 100)]
    [InlineData(3, 1000)]
    [InlineData(37, 1000)]
    [InlineData(99, 1000)]
    [InlineData(1, 12)]
    public void A_leak_now_and_then_is_seen(int every, int iterations)
    {
        using var arena = new PageArena("watched");
        using var heap = new Heap(arena);
        var count = 0;
        var error = Assert.Throws<LeakAssertException>(() => LeakAssert.NoGrowth(iterations, () =>
        {
            heap.Free(heap.Allocate(100));
            if (++count % every == 0)
                heap.Allocate(48);
        }, arena));
        Assert.InRange(error.Trend.FloorSlope.BytesPerSecond * every, 40, 60);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(50)]
    [InlineData(1000)]
    public void Work_that_cleans_up_passes_whatever_it_does_meanwhile(int iterations)
    {
        using var arena = new PageArena("watched");
        using var heap = new Heap(arena);
        using var pool = new Pool<long>(arena);
        using var frame = new FrameAllocator(arena);
        var random = new Random(iterations);
        var kept = new Queue<nuint>();
        var trend = LeakAssert.NoGrowth(iterations, () =>
        {
            frame.AllocateSpan<int>(random.Next(100));
            pool.Free(pool.Allocate());
            kept.Enqueue((nuint)heap.Allocate((nuint)random.Next(1, 1000)));
            if (kept.Count > 5)
                heap.Free((void*)kept.Dequeue());
            frame.NextFrame();
        });
        Assert.True(trend.Verdict < TrendVerdict.Suspected);
        Assert.True(trend.DetectableBytesPerSecond > 0);
    }

    [Fact]
    public void A_cache_that_fills_while_it_is_observed_passes()
    {
        using var arena = new PageArena("watched");
        using var heap = new Heap(arena);
        var filled = 0;
        LeakAssert.NoGrowth(1000, () =>
        {
            if (filled++ < 200)
                heap.Allocate(64);
        }, arena, warmUp: 0);
        LeakAssert.NoGrowth(100, () =>
        {
            if (filled++ < 1200)
                heap.Allocate(64);
        }, arena, warmUp: 250);
    }

    [Fact]
    public void A_byte_an_iteration_is_seen_wherever_the_level_moves_besides()
    {
        for (var at = 0; at < 300; at += 17)
        {
            using var arena = new PageArena("watched");
            using var buddy = new BuddyAllocator(arena, 1 << 20, 16);
            var count = 0;
            var error = Assert.Throws<LeakAssertException>(() => LeakAssert.NoGrowth(300, () =>
            {
                buddy.Allocate(1);
                if (count++ == at)
                    buddy.Allocate(4096);
            }, arena, warmUp: 0));
            Assert.Equal(16, error.Trend.FloorSlope.BytesPerSecond, 0.1);
            Assert.Contains("LeakAssertTests.cs:", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_cache_that_fills_ever_more_slowly_passes()
    {
        using var arena = new PageArena("watched");
        using var heap = new Heap(arena);
        var random = new Random(15);
        var cached = new bool[400];
        LeakAssert.NoGrowth(1000, () =>
        {
            ref var slot = ref cached[random.Next(cached.Length)];
            if (!slot)
                heap.Allocate(64);
            slot = true;
        }, arena);
    }

    [Fact]
    public void An_arena_left_behind_counts()
    {
        var left = new List<PageArena>();
        var error = Assert.Throws<LeakAssertException>(() => LeakAssert.NoGrowth(20, () =>
        {
            left.Add(new PageArena("left"));
            left[^1].Allocate(1);
        }));
        Assert.Equal(PageArena.PageBytes, error.Trend.SlopeBytesPerSecond, 1e-6);
        left.ForEach(arena => arena.Dispose());
    }

    [Fact]
    public void Two_lines_share_the_growth()
    {
        using var arena = new PageArena("watched");
        using var buddy = new BuddyAllocator(arena, 1 << 20, 16);
        var error = Assert.Throws<LeakAssertException>(() => LeakAssert.NoGrowth(300, () =>
        {
            buddy.Allocate(64);
            buddy.Allocate(192);
        }, arena));
        Assert.Equal([0.8, 0.2], error.Sites.Where(site => site.Grows).Select(site => Math.Round(site.Share, 6)));
    }

    [Fact]
    public void Too_few_iterations_are_refused_before_anything_is_done()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => LeakAssert.NoGrowth(11, () => throw new NotSupportedException()));
        Assert.Throws<ArgumentNullException>(() => LeakAssert.NoGrowth(12, null!));
    }

    private static int NextLine([System.Runtime.CompilerServices.CallerLineNumber] int line = 0) => line + 1;
}
