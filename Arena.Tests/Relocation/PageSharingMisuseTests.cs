using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Relocation;

[Collection(nameof(PageSharingTests))]
public sealed unsafe class PageSharingMisuseTests
{
    [Theory]
    [InlineData(true, false, "HugePages")]
    [InlineData(false, true, "GuardPages")]
    public void What_cannot_go_together_is_refused_by_name(bool hugePages, bool guardPages, string name)
    {
        var failure = Assert.Throws<ArgumentException>(() => new PageArena(new PageArenaOptions
        {
            Name = "level",
            SharePages = true,
            HugePages = hugePages,
            GuardPages = guardPages,
        }));
        Assert.Contains($"'level': SharePages does not go with {name}", failure.Message, StringComparison.Ordinal);
    }

    [LinuxFact]
    public void A_system_without_such_storage_is_refused()
    {
        using var os = new FailingContext(FailingContext.Running with { HasMemoryFiles = false });
        var failure = Assert.Throws<PlatformNotSupportedException>(
            () => new PageArena(new PageArenaOptions { Name = "level", SharePages = true }, os.Memory));
        Assert.Contains("Arena 'level': SharePages needs Linux", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pool_of_another_arena_says_what_is_missing()
    {
        using var arena = new PageArena("plain");
        using var pool = new Pool<long>(arena, new PoolOptions { Name = "bullets" });
        var failure = Assert.Throws<InvalidOperationException>(() => pool.Compact(10));
        Assert.Contains("'bullets'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("SharePages", failure.Message, StringComparison.Ordinal);
    }

    [LinuxFact]
    public void Arguments_and_dispose_are_checked()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "level", SharePages = true });
        using var map = new HandleMap<long>(arena);
        var pool = new Pool<long>(arena);
        Assert.Equal((nuint)0, pool.Compact(0));
        Assert.Equal((nuint)0, pool.Compact(10));
        Assert.Equal((nuint)0, pool.CompactStep(TimeSpan.Zero));
        Assert.Equal((nuint)0, map.Compact(10));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Compact(-1));
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Compact(1));
        Assert.Throws<ObjectDisposedException>(() => pool.CompactStep(TimeSpan.Zero));
    }

    [LinuxFact]
    public void Whatever_call_fails_when_an_arena_is_made_nothing_is_left()
    {
        using var os = new FailingContext();
        for (var n = 1; ; n++)
        {
            os.FailAt(n);
            try
            {
                new PageArena(new PageArenaOptions { Name = "level", SharePages = true }, os.Memory).Dispose();
                if (os.FailedCount == 0)
                    return;
            }
            catch (ArenaOutOfMemoryException failure)
            {
                Assert.Contains("level", failure.Message, StringComparison.Ordinal);
            }
        }
    }

    [LinuxFact]
    public void A_refused_remap_at_any_call_leaves_everything_as_it_was()
    {
        for (var n = 1; ; n++)
        {
            using var os = new FailingContext();
            using var arena = new PageArena(new PageArenaOptions { Name = "level", SharePages = true }, os.Memory)
            {
                IgnoreLeaks = true,
            };
            using var pool = new Pool<long>(arena);
            List<nint> live = [];
            for (var i = 0; i < 30_000; i++)
            {
                var slot = pool.Allocate();
                *slot = i;
                live.Add((nint)slot);
            }
            for (var i = 29_999; i >= 0; i--)
            {
                if (i % 100 == i / 512 % 50)
                    continue;
                pool.Free((long*)live[i]);
                live.RemoveAt(i);
            }
            var (committed, file) = (arena.CommittedBytes, arena.FileBytes);
            os.FailAt(n);
            var givenBack = pool.Compact(int.MaxValue);
            Assert.Equal(committed - givenBack, arena.CommittedBytes);
            if (os.FailedCount == 0)
            {
                Assert.InRange(n, 5, 100);
                return;
            }
            Assert.InRange(arena.FileBytes, 1, (long)arena.CommittedBytes);
            os.Reset();
            pool.Compact(int.MaxValue);
            Assert.True(arena.FileBytes < file / 2, $"call {n}: nothing more is shared");
            foreach (var slot in live)
                Assert.InRange(*(long*)slot, 0, 29_999);
            Assert.Equal(live.Count, live.Select(slot => *(long*)slot).Distinct().Count());
        }
    }

    [LinuxFact]
    public void A_pool_at_its_maximum_parts_pages_and_serves_all_of_it()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "level", SharePages = true })
        {
            IgnoreLeaks = true,
        };
        using var pool = new Pool<long>(arena, new PoolOptions { MaximumSlots = 50_000 });
        var random = new Random(1);
        HashSet<nint> live = [];
        for (var i = 0; i < 50_000; i++)
            live.Add((nint)pool.Allocate());
        foreach (var slot in live.ToArray())
        {
            *(long*)slot = slot;
            if (random.Next(100) == 0)
                continue;
            pool.Free((long*)slot);
            live.Remove(slot);
        }
        Assert.True(pool.Compact(int.MaxValue) > 0);
        while (live.Count < 50_000)
        {
            var slot = (nint)pool.Allocate();
            Assert.True(live.Add(slot));
            *(long*)slot = slot;
        }
        Assert.False(pool.TryAllocate(out _));
        foreach (var slot in live)
            Assert.Equal(slot, (nint)(*(long*)slot));
        Assert.Equal(0, arena.SharedPageCount);
    }
}
