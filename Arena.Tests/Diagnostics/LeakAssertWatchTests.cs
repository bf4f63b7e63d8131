using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics;

/// <summary>The arenas that a <see cref="LeakAssert"/> watches, and its text about them.</summary>
public sealed unsafe class LeakAssertWatchTests
{
    [Theory]
    [InlineData(12, 100)]
    [InlineData(1000, 100)]
    [InlineData(1000, 1)]
    public void A_leak_in_an_arena_that_another_thread_made_is_found_and_the_arena_is_named(int iterations, int bytes)
    {
        OnNewThread(() =>
        {
            var (arena, heap) = OnNewThread(MakeTheirs);
            var error = Assert.Throws<LeakAssertException>(
                () => LeakAssert.NoGrowth(iterations, () => heap.Allocate((nuint)bytes)));
            Assert.Equal(bytes == 1 ? 16 : 112, error.Trend.SlopeBytesPerSecond, 1e-9);
            Assert.Contains(
                "arena 'theirs', which another thread made, grow by", error.Message, StringComparison.Ordinal);
            Assert.Contains("NoGrowth(iterations, action, arena)", error.Message, StringComparison.Ordinal);
            // The message names the line, too.
            error = Assert.Throws<LeakAssertException>(
                () => LeakAssert.NoGrowth(iterations, () => heap.Allocate((nuint)bytes), arena));
            Assert.Contains("LeakAssertWatchTests.cs:", error.Message, StringComparison.Ordinal);
            arena.Dispose();
            return 0;
        });
    }

    [Fact]
    public void It_is_found_beside_arenas_of_this_thread_and_in_any_kind_of_allocator()
    {
        using var mine = new PageArena("mine");
        using var theirs = OnNewThread(() => new PageArena("theirs"));
        var buddy = OnNewThread(() => new BuddyAllocator(theirs, 1 << 20));
        var pool = OnNewThread(() => new Pool<long>(theirs));
        var shared = OnNewThread(() => new SharedHeap(theirs));
        foreach (var action in (Action[])[
            () => buddy.Allocate(100), () => pool.Allocate(), () => shared.Allocate(100), () => theirs.Allocate(1)])
        {
            var error = Assert.Throws<LeakAssertException>(() => LeakAssert.NoGrowth(50, action));
            Assert.Contains("arena 'theirs'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_another_thread_does_meanwhile_in_its_arena_is_not_held_against_the_action()
    {
        using var mine = new PageArena("mine");
        using var heap = new Heap(mine);
        using var started = new ManualResetEventSlim();
        var stop = false;
        var thread = new Thread(() =>
        {
            using var theirs = new PageArena("theirs");
            using var pool = new Pool<long>(theirs);
            while (!Volatile.Read(ref stop))
            {
                if (pool.LiveCount > 1_000_000)
                    pool.Clear();
                for (var i = 0; i < 100; i++)
                    pool.Allocate();
                started.Set();
            }
        });
        thread.Start();
        started.Wait();
        var trend = LeakAssert.NoGrowth(2000, () => heap.Free(heap.Allocate(100)));
        Volatile.Write(ref stop, true);
        thread.Join();
        Assert.Equal(TrendVerdict.Flat, trend.Verdict);
    }

    [Fact]
    public void Without_an_arena_it_says_that_it_observed_nothing() => OnNewThread(() =>
    {
        var error = Assert.Throws<InvalidOperationException>(() => LeakAssert.NoGrowth(12, () => { }));
        Assert.Contains("watched nothing", error.Message, StringComparison.Ordinal);
        Assert.Contains("NoGrowth(iterations, action, arena)", error.Message, StringComparison.Ordinal);
        using var theirs = OnNewThread(() => new PageArena("theirs"));
        Assert.Throws<InvalidOperationException>(() => LeakAssert.NoGrowth(12, () => { }));
        LeakAssert.NoGrowth(12, () => { }, theirs);

        // One that the action makes and ends each time is watched while it is there.
        var trend = LeakAssert.NoGrowth(12, () =>
        {
            using var level = new PageArena("level");
            level.Allocate(1);
        });
        Assert.StartsWith(
            "12 iterations of arenas that end with each of them leave nothing behind;", trend.ToString(),
            StringComparison.Ordinal);
        return 0;
    });

    [Fact]
    public void An_arena_of_a_thread_that_ended_is_not_that_of_the_thread_with_its_number()
    {
        using var theirs = OnNewThread(() => new PageArena("theirs"));
        for (var i = 0; i < 20; i++)
        {
            // A number is free once the collector has found that its thread has ended.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            for (var thread = 0; thread < 10; thread++)
                Assert.DoesNotContain(theirs, OnNewThread(PageArena.MadeByThisThread));
        }
    }

    [Fact]
    public void A_disposed_arena_is_refused_before_anything_is_done()
    {
        var arena = new PageArena("gone");
        new Heap(arena).Allocate(10);
        arena.Dispose();
        var error = Assert.Throws<ObjectDisposedException>(
            () => LeakAssert.NoGrowth(12, () => throw new NotSupportedException(), arena));
        Assert.Equal("arena 'gone'", error.ObjectName);
        var second = new PageArena("goes");
        error = Assert.Throws<ObjectDisposedException>(() => LeakAssert.NoGrowth(12, second.Dispose, second));
        Assert.Equal("arena 'goes'", error.ObjectName);
    }

    [Fact]
    public void Its_texts_are_of_iterations_and_name_what_was_observed()
    {
        using var arena = new PageArena("watched");
        using var buddy = new BuddyAllocator(arena, 1 << 20, 16);
        var clean = LeakAssert.NoGrowth(100, () => buddy.Free(buddy.Allocate(10)), arena).ToString();
        Assert.Matches(
            "^100 iterations of arena 'watched' leave nothing behind; a leak below [0-9.e-]+ bytes an iteration would "
            + "not have been found\\.$", clean);
        var count = 0;
        void Step()
        {
            if (count++ == 160)
                buddy.Allocate(4096);
        }
        var step = LeakAssert.NoGrowth(300, Step, arena, warmUp: 0).ToString();
        Assert.Contains("300 iterations of arena 'watched' leave nothing behind", step, StringComparison.Ordinal);
        Assert.DoesNotMatch("B/|/s|/h|/min| s\\b", clean + step);

        var error = Assert.Throws<LeakAssertException>(() => LeakAssert.NoGrowth(100, () => buddy.Allocate(10), arena));
        var texts = error.Message + error.Trend + string.Join("\n", error.Sites);
        Assert.Contains("16 bytes an iteration", error.Trend.ToString(), StringComparison.Ordinal);
        Assert.Contains("(16 bytes an iteration)", error.Sites[0].ToString(), StringComparison.Ordinal);
        Assert.DoesNotMatch("B/|/s|/h|/min| s\\b", texts);
    }

    private static (PageArena Arena, Heap Heap) MakeTheirs()
    {
        var arena = new PageArena("theirs");
        return (arena, new Heap(arena));
    }

    // This thread has made no arena, whatever the thread of the test has made.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T OnNewThread<T>(Func<T> act)
    {
        T result = default!;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = act();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result : throw new InvalidOperationException("on the other thread", failure);
    }
}
