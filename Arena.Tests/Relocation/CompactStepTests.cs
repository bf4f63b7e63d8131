using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Relocation;

/// <summary>Steps with a clock that advances whenever it is read.</summary>
[Collection(nameof(PageSharingTests))]
public sealed unsafe class CompactStepTests
{
    private const int PieceBytes = 8 << 10;

    // The pages that are put onto others between two looks.
    private const int MostPages = 4;
    private static readonly PageArenaOptions Options = new() { Name = "test", SharePages = true };
    private static readonly TimeSpan LookTime = TimeSpan.FromMicroseconds(10);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 1)]
    [InlineData(35, 4)]
    [InlineData(500, 50)]
    public void A_step_of_a_heap_ends_with_the_piece_in_which_its_time_ends(int microseconds, int pieces)
    {
        using var arena = new PageArena("test") { IgnoreLeaks = true };
        var clock = new ReadClock();
        using var heap = new RelocatableHeap(arena) { Clock = clock };
        Scatter(heap, 40_000, 500);
        var result = heap.CompactStep(TimeSpan.FromMicroseconds(microseconds));
        Assert.False(result.IsDone);
        Assert.Equal(1 + pieces, clock.Reads);
        Assert.InRange(result.MovedBytes, (nuint)1, (nuint)(pieces * PieceBytes));
    }

    [Fact]
    public void An_allocation_larger_than_a_piece_moves_alone()
    {
        using var arena = new PageArena("test") { IgnoreLeaks = true };
        using var heap = new RelocatableHeap(arena) { Clock = new ReadClock() };
        Scatter(heap, 200, 100_000);
        var isDone = false;
        nuint moved = 0;
        while (!isDone)
        {
            var result = heap.CompactStep(TimeSpan.Zero);
            Assert.InRange(result.MovedBytes, (nuint)0, (nuint)100_000);
            (isDone, moved) = (result.IsDone, moved + result.MovedBytes);
        }
        Assert.True(moved > 1_000_000, $"{moved} bytes moved");
        Assert.InRange(heap.CommittedBytes, heap.LiveBytes, heap.LiveBytes * 115 / 100);
    }

    [Fact]
    public void While_a_heap_is_used_each_allocation_moves_about_once()
    {
        using var arena = new PageArena("test") { IgnoreLeaks = true };
        using var heap = new RelocatableHeap(arena) { Clock = new ReadClock() };
        var random = new Random(5);
        var live = Enumerable.Range(0, 40_000).Select(_ => heap.Allocate(500)).ToList();
        for (var i = live.Count - 1; i >= 0; i--)
        {
            if (random.Next(8) == 0)
                continue;
            heap.Free(live[i]);
            live[i] = live[^1];
            live.RemoveAt(live.Count - 1);
        }
        nuint moved = 0;
        var isDone = false;
        while (!isDone)
        {
            // Some of these lie in the segment that is being filled.
            for (var i = 0; i < 5; i++)
            {
                var index = random.Next(live.Count);
                heap.Free(live[index]);
                live[index] = heap.Allocate(500);
            }
            var result = heap.CompactStep(20 * LookTime);
            (isDone, moved) = (result.IsDone, moved + result.MovedBytes);
        }
        Assert.InRange(moved, heap.LiveBytes / 2, heap.LiveBytes * 3 / 2);
        Assert.InRange(heap.CommittedBytes, heap.LiveBytes, heap.LiveBytes * 5 / 4);
    }

    [LinuxFact]
    public void A_step_of_a_pool_ends_with_the_pages_in_which_its_time_ends()
    {
        using var arena = new PageArena(Options) { IgnoreLeaks = true };
        var clock = new ReadClock();
        using var pool = new Pool<Bytes64>(arena) { Clock = clock };
        Scatter(pool, 100_000);
        for (var i = 0; i < 100; i++)
        {
            var (before, reads) = (pool.SharedPageCount, clock.Reads);
            var committed = arena.CommittedBytes;
            var givenBack = pool.CompactStep(TimeSpan.FromMicroseconds(35));
            Assert.InRange(clock.Reads - reads, 1, 5);
            Assert.InRange(pool.SharedPageCount - before, 0, 4 * MostPages);
            // What was shared goes back within the step.
            Assert.Equal((nuint)(pool.SharedPageCount - before) * PageArena.PageBytes, givenBack);
            Assert.Equal(committed - givenBack, arena.CommittedBytes);
        }
        Assert.InRange(pool.SharedPageCount, 400, 1200);
    }

    [LinuxFact]
    public void With_nothing_to_gain_a_step_does_not_even_look_at_the_clock()
    {
        using var arena = new PageArena(Options) { IgnoreLeaks = true };
        var clock = new ReadClock();
        using var heap = new RelocatableHeap(arena) { Clock = clock };
        using var pool = new Pool<Bytes64>(arena) { Clock = clock };
        for (var round = 0; round < 3; round++)
        {
            Scatter(heap, 20_000, 500);
            Scatter(pool, 50_000);
            while (!heap.CompactStep(TimeSpan.FromSeconds(1)).IsDone)
            {
            }
            // Counting takes several calls.
            for (var i = 0; i < 20; i++)
                pool.CompactStep(TimeSpan.FromSeconds(1));
            var reads = clock.Reads;
            for (var i = 0; i < 1000; i++)
            {
                // A little is freed and allocated all the time: nothing moves back and forth.
                heap.Free(heap.Allocate(200));
                pool.Free(pool.Allocate());
                Assert.Equal(new CompactionResult(0, 0, true), heap.CompactStep(TimeSpan.FromSeconds(1)));
                Assert.Equal((nuint)0, pool.CompactStep(TimeSpan.FromSeconds(1)));
            }
            Assert.Equal(reads, clock.Reads);
        }
    }

    [LinuxFact]
    public void A_level_that_is_loaded_and_left_between_two_steps_is_compacted_like_the_first()
    {
        using var arena = new PageArena(Options) { IgnoreLeaks = true };
        using var pool = new Pool<Bytes64>(arena);
        for (var level = 1; level <= 4; level++)
        {
            Scatter(pool, 50_000);
            pool.Trim();
            var before = arena.CommittedBytes;
            while (pool.CompactStep(TimeSpan.FromSeconds(1)) != 0)
            {
            }
            Assert.True(arena.CommittedBytes < before / 3, $"level {level}: {arena.CommittedBytes} of {before}");
        }
    }

    private static void Scatter(RelocatableHeap heap, int count, int byteCount)
    {
        var handles = Enumerable.Range(0, count).Select(_ => heap.Allocate((nuint)byteCount)).ToList();
        for (var i = 0; i < count; i++)
        {
            if (i % 8 != 0)
                heap.Free(handles[i]);
        }
    }

    private static void Scatter(Pool<Bytes64> pool, int count)
    {
        var random = new Random(1);
        var slots = Enumerable.Range(0, count).Select(_ => (nint)pool.Allocate()).ToList();
        foreach (var slot in slots)
        {
            if (random.Next(20) != 0)
                pool.Free((Bytes64*)slot);
        }
    }

    private sealed class ReadClock : TimeProvider
    {
        private long _ticks;

        public int Reads { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            Reads++;
            return _ticks += LookTime.Ticks;
        }
    }
}
