using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Ledgers;

/// <summary>The cost of many tags and lines, counted in steps and bytes, in every table that holds them.</summary>
public sealed unsafe class ManyTagsTests
{
    [Theory]
    [InlineData(1, 1000)]
    [InlineData(1000, 1)]
    [InlineData(30, 30)]
    [InlineData(1, 100_000)]
    [InlineData(4, 25_000)]
    [InlineData(100_000, 1)]
    [InlineData(300, 300)]
    public void A_line_under_a_tag_is_found_in_a_few_steps_however_many_there_are(int lines, int tagCount)
    {
        var table = new SiteTable();
        var tags = Enumerable.Range(1, tagCount).Select(number => new Tag($"{number}", number)).ToArray();
        for (var line = 1; line <= lines; line++)
        {
            foreach (var tag in tags)
                table.Add(new SourceLine("Game.cs", line, "Spawn"), tag);
        }
        long steps = 0;
        var most = 0;
        for (var line = 1; line <= lines; line++)
        {
            foreach (var tag in tags)
            {
                var needed = table.StepsTo(new SourceLine("Game.cs", line, "Spawn"), tag);
                steps += needed;
                most = Math.Max(most, needed);
            }
        }
        Assert.InRange((double)steps / (lines * tagCount), 1, 2.5);
        Assert.InRange(most, 1, 32);
    }

    [Fact]
    public void Lines_of_many_files_and_members_are_found_in_a_few_steps()
    {
        var table = new SiteTable();
        var random = new Random(28);
        var sites = Enumerable.Range(0, 20_000).Select(_ => (
            File: new string('f', 20 + random.Next(60)), Line: random.Next(2000),
            Member: new string('m', 3 + random.Next(30)), Tag: new Tag("tag", random.Next(50)))).ToArray();
        foreach (var (file, line, member, tag) in sites)
            table.Add(new SourceLine(file, line, member), tag);
        Assert.InRange(sites.Average(s => table.StepsTo(new SourceLine(s.File, s.Line, s.Member), s.Tag)), 1, 1.6);
    }

    [Fact]
    public void A_tag_is_found_by_its_reference_in_a_few_steps_however_many_there_are()
    {
        var table = new TagTable();
        // One length, one first and one last letter.
        var names = Enumerable.Range(0, 100_000).Select(number => $"tag {number:D6} x").ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var tags = Array.ConvertAll(names, table.Of);
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / names.Length;
        Assert.True(bytes < 500, $"{bytes} bytes a new tag: a table that is copied each time takes 400,000");
        Assert.Equal(Enumerable.Range(1, names.Length), tags.Select(tag => tag.Number));
        Assert.InRange(names.Average(table.StepsTo), 1, 2);
        Assert.Equal(tags, names.Select(table.Of));
        Assert.Equal(tags, names.Select(name => table.Of(new string(name.AsSpan()))));
    }

    [Fact]
    public void Names_by_other_objects_are_recognised_and_not_kept_but_literals_are()
    {
        var table = new TagTable();
        var made = new string("ai".AsSpan());
        var tag = table.Of(made);
        Assert.Same(tag, table.Of("ai"));
        Assert.Same(tag, table.Of(new string("ai".AsSpan())));
        Assert.Same(Tag.None, table.Of(null));
        Assert.Same(Tag.None, table.Of(""));
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                table.Of("ai");
                table.Of(made);
            }
        }));
    }

    [Fact]
    public void Threads_that_bring_the_same_names_get_the_same_tags()
    {
        var table = new TagTable();
        var names = Enumerable.Range(0, 2000).Select(number => $"tag {number}").ToArray();
        var found = new Tag[4][];
        var threads = Enumerable.Range(0, found.Length).Select(number => new Thread(() =>
        {
            var order = names.ToArray();
            new Random(number).Shuffle(order);
            foreach (var name in order)
                table.Of(name);
            found[number] = Array.ConvertAll(names, table.Of);
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(names, found[0].Select(tag => tag.Name!));
        Assert.All(found, tags => Assert.Equal(found[0], tags));
        Assert.Equal(names.Length, found[0].Select(tag => tag.Number).Distinct().Count());
    }

    [Fact]
    public void Scopes_under_thousands_of_tags_are_kept_apart_and_make_no_garbage()
    {
        using var arena = new PageArena("tags");
        using var pool = new Pool<long>(arena);
        using var tracker = LeakTracker.Attach(arena);
        var names = Enumerable.Range(0, 3000).Select(number => $"unit {number % 10} {number}").ToArray();
        void Allocate()
        {
            foreach (var name in names)
            {
                using (MemoryTag.Begin(name))
                    pool.Allocate();
            }
            pool.Clear();
        }
        Assert.Equal(0, Garbage.Of(Allocate));
        foreach (var name in names)
        {
            using (MemoryTag.Begin(name))
                pool.Allocate();
        }
        Assert.Equal(names.Order(), tracker.Report().Tags.Select(use => use.Tag!).Order());
    }

    [Fact]
    public void A_snapshot_takes_memory_for_what_is_alive_and_not_for_every_tag_there_was()
    {
        using var arena = new PageArena("tags");
        using var pool = new Pool<long>(arena);
        using var tracker = LeakTracker.Attach(arena);
        for (var number = 0; number < 20_000; number++)
        {
            using (MemoryTag.Begin($"unit {number}"))
                pool.Free(pool.Allocate());
        }
        pool.Allocate();
        tracker.Snapshot();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Single(tracker.Snapshot().Rows);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }
}
