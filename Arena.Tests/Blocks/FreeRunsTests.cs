using System.Runtime.InteropServices;

namespace Arena.Tests.Blocks;

/// <summary>The search for free pages against a walk over all of them, and how much of the arena it looks at.</summary>
public sealed unsafe class FreeRunsTests : IDisposable
{
    private readonly List<nint> _memory = [];

    public void Dispose() => _memory.ForEach(memory => NativeMemory.Free((void*)memory));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 511)]
    [InlineData(3, 512)]
    [InlineData(4, 513)]
    [InlineData(5, 4096)]
    [InlineData(6, 5000)]
    [InlineData(7, 40_000)]
    public void Every_search_finds_what_a_walk_finds(int seed, int pageCount)
    {
        var random = new Random(seed);
        var model = new bool[pageCount];
        var (runs, lent) = Make(pageCount);
        var known = 0;
        for (var step = 0; step < 3000; step++)
        {
            var first = random.Next(pageCount);
            var pages = Math.Min(pageCount - first, random.Next(4) == 0 ? random.Next(1, 2000) : random.Next(1, 20));
            if (random.Next(3) == 0 && step % 1000 < 700)
                first = Math.Min(first, known);
            known = Grow(runs, known, first + pages, pageCount);
            // Mostly full and mostly empty stretches of time.
            var lends = random.Next(100) < (step / 500 % 2 == 0 ? 80 : 30);
            if (lends)
                lent.Set(first, pages);
            else
                lent.Clear(first, pages);
            model.AsSpan(first, pages).Fill(lends);
            runs.Update(first, first + pages);
            var wanted = random.Next(3) == 0 ? random.Next(1, pageCount + 2) : random.Next(1, 30);
            var from = random.Next(3) == 0 ? random.Next(pageCount + 1) : 0;
            var found = runs.Find(wanted, from);
            Assert.True(Walk(model, wanted, from) == found, $"seed {seed}, step {step}: {wanted} from {from}: {found}");
            if (step % 50 == 0)
                Assert.Equal(LongestRun(model), runs.Longest);
        }
    }

    [Fact]
    public void An_arena_of_which_nothing_was_lent_is_one_run()
    {
        foreach (var pageCount in new[] { 1, 512, 513, 100_000, 1 << 30 })
        {
            var runs = new FreeRuns(new PageBitmap(null), null, pageCount);
            Assert.Equal(pageCount, runs.Longest);
            Assert.Equal(0, runs.Find(pageCount, 0));
            Assert.Equal(pageCount - 1, runs.Find(1, pageCount - 1));
            Assert.Equal(-1, runs.Find(pageCount, 1));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(300)]
    public void A_search_among_400_000_gaps_looks_at_no_more_than_3_times_of_one_among_a_thousand(int wanted)
    {
        var few = StepsAmong(1000, wanted);
        var many = StepsAmong(400_000, wanted);
        Assert.True(many <= 3 * few, $"{few} nodes and {many}");
        Assert.True(many <= 200, $"{many} nodes");
    }

    [Fact]
    public void A_lending_touches_a_chunk_and_what_is_above_it()
    {
        var pageCount = 1 << 20;
        var (runs, lent) = Make(pageCount);
        Grow(runs, 0, pageCount, pageCount);
        for (var page = 0; page < pageCount; page += 77_777)
        {
            var before = runs.Steps;
            lent.Set(page, 1);
            runs.Update(page, page + 1);
            Assert.True(runs.Steps - before <= 5, $"{runs.Steps - before} nodes");
        }
    }

    [Fact]
    public void The_nodes_of_the_pages_that_were_lent_are_the_first_ones_and_few()
    {
        foreach (var pageCount in new[] { 1, 513, 8 << 20, 1 << 30 })
        {
            nuint before = 0;
            for (var pages = 1; pages <= Math.Min(pageCount, 1 << 20); pages += 400)
            {
                var bytes = FreeRuns.TableBytes(pages, pageCount);
                Assert.True(bytes >= before && bytes <= 12 * ((nuint)pages / 448 + 12), $"{bytes} for {pages}");
                before = bytes;
            }
        }
    }

    // Every second page is free, and all of it at the end. A run of two is behind all gaps.
    private long StepsAmong(int gaps, int wanted)
    {
        var pageCount = 4 << 20;
        var (runs, lent) = Make(pageCount);
        Grow(runs, 0, 2 * gaps, pageCount);
        for (var page = 0; page < 2 * gaps; page += 2)
            lent.Set(page, 1);
        runs.Update(0, 2 * gaps);
        var before = runs.Steps;
        Assert.Equal(wanted == 1 ? 1 : 2 * gaps - 1, runs.Find(wanted, 0));
        return runs.Steps - before;
    }

    private static int Grow(FreeRuns runs, int known, int end, int pageCount)
    {
        if (end <= known)
            return known;
        known = Math.Min((end + FreeRuns.ChunkPages - 1) & -FreeRuns.ChunkPages, pageCount);
        runs.Grow(known);
        return known;
    }

    private (FreeRuns Runs, PageBitmap Lent) Make(int pageCount)
    {
        var words = NativeMemory.AllocZeroed((nuint)(pageCount / 64 + 9) * PageBitmap.Stride * sizeof(ulong));
        var nodes = NativeMemory.AllocZeroed(FreeRuns.TableBytes(pageCount, pageCount));
        _memory.AddRange([(nint)words, (nint)nodes]);
        var lent = new PageBitmap((ulong*)words);
        return (new FreeRuns(lent, nodes, pageCount), lent);
    }

    private static int Walk(bool[] lent, int wanted, int from)
    {
        for (var (page, run) = (from, 0); page < lent.Length; page++)
        {
            run = lent[page] ? 0 : run + 1;
            if (run == wanted)
                return page + 1 - wanted;
        }
        return -1;
    }

    private static int LongestRun(bool[] lent)
    {
        var (longest, run) = (0, 0);
        foreach (var isLent in lent)
        {
            run = isLent ? 0 : run + 1;
            longest = Math.Max(longest, run);
        }
        return longest;
    }
}
