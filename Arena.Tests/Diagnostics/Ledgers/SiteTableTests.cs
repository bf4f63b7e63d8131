using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Ledgers;

public sealed class SiteTableTests
{
    private static readonly Tag Ai = new("ai", 1);

    [Fact]
    public void A_line_is_found_by_its_literals_and_every_part_counts()
    {
        var table = new SiteTable();
        var numbers = new[]
        {
            table.Add(new SourceLine("A.cs", 1, "M"), Tag.None), table.Add(new SourceLine("A.cs", 2, "M"), Tag.None),
            table.Add(new SourceLine("B.cs", 1, "M"), Tag.None), table.Add(new SourceLine("A.cs", 1, "N"), Tag.None),
            table.Add(new SourceLine("A.cs", 1, "M"), Ai),
        };
        Assert.Equal(5, numbers.Distinct().Count());
        Assert.True(table.TryFind(new SourceLine("A.cs", 1, "M"), Ai, out var found));
        Assert.Equal(numbers[4], found);
        Assert.True(table.TryFind(new SourceLine("A.cs", 1, "N"), Tag.None, out found));
        Assert.Equal(numbers[3], found);
        Assert.False(table.TryFind(new SourceLine("A.cs", 3, "M"), Tag.None, out _));
        Assert.Equal("A.cs:1 N", $"{table[found].File}:{table[found].Line} {table[found].Member}");
    }

    [Fact]
    public void Other_objects_are_recognised_by_their_contents_and_not_kept()
    {
        var table = new SiteTable();
        var literal = table.Add(new SourceLine("Game.cs", 7, "Spawn"), Tag.None);
        var made = MadeAtRunTime(table, literal);
        Assert.True(table.TryFind(new SourceLine("Game.cs", 7, "Spawn"), Tag.None, out _));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.False(made.IsAlive);
    }

    [Fact]
    public void An_object_made_at_run_time_that_comes_again_and_again_is_found_though_it_moves()
    {
        var table = new SiteTable();
        var file = new string("Script.cs".AsSpan());
        var number = table.Add(new SourceLine(file, 1, "Run"), Tag.None);
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(0, GCCollectionMode.Forced, blocking: true, compacting: true);
            Assert.True(table.TryFind(new SourceLine(file, 1, "Run"), Tag.None, out var found));
            Assert.Equal(number, found);
        }
    }

    [Fact]
    public void Strings_made_at_run_time_make_no_garbage_once_they_were_seen()
    {
        var table = new SiteTable();
        var file = new string("Script.cs".AsSpan());
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                if (!table.TryFind(new SourceLine(file, 1, "Run"), Tag.None, out _))
                    table.Add(new SourceLine(file, 1, "Run"), Tag.None);
            }
        }));
    }

    [Fact]
    public void Thousands_of_lines_keep_their_numbers_and_counters_while_the_tables_grow()
    {
        var table = new SiteTable();
        var numbers = new int[5_000];
        for (var line = 0; line < numbers.Length; line++)
        {
            numbers[line] = table.Add(new SourceLine("Big.cs", line, "M"), Tag.None);
            table.CountersOf(numbers[line]).Allocations = line;
        }
        for (var line = 0; line < numbers.Length; line++)
        {
            Assert.True(table.TryFind(new SourceLine("Big.cs", line, "M"), Tag.None, out var found));
            Assert.Equal(numbers[line], found);
            Assert.Equal(line, table.Counters[found].Allocations);
        }
        Assert.Equal(numbers.Length + 1, table.Sites.Length);
    }

    [Fact]
    public void A_caller_without_names_is_a_site_too()
    {
        var table = new SiteTable();
        var number = table.Add(new SourceLine(null!, 0, null!), Tag.None);
        Assert.NotEqual(0, number);
        Assert.Equal(number, table.Add(new SourceLine("", 0, ""), Tag.None));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference MadeAtRunTime(SiteTable table, int literal)
    {
        var file = new string("Game.cs".AsSpan());
        Assert.False(table.TryFind(new SourceLine(file, 7, "Spawn"), Tag.None, out _));
        Assert.Equal(literal, table.Add(new SourceLine(file, 7, "Spawn"), Tag.None));
        Assert.False(table.TryFind(new SourceLine(file, 7, "Spawn"), Tag.None, out _));
        return new WeakReference(file);
    }
}
