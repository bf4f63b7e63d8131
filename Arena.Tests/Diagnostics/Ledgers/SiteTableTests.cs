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
            table.Add("A.cs", 1, "M", Tag.None), table.Add("A.cs", 2, "M", Tag.None),
            table.Add("B.cs", 1, "M", Tag.None), table.Add("A.cs", 1, "N", Tag.None), table.Add("A.cs", 1, "M", Ai),
        };
        Assert.Equal(5, numbers.Distinct().Count());
        Assert.True(table.TryFind("A.cs", 1, "M", Ai, out var found));
        Assert.Equal(numbers[4], found);
        Assert.True(table.TryFind("A.cs", 1, "N", Tag.None, out found));
        Assert.Equal(numbers[3], found);
        Assert.False(table.TryFind("A.cs", 3, "M", Tag.None, out _));
        Assert.Equal("A.cs:1 N", $"{table[found].File}:{table[found].Line} {table[found].Member}");
    }

    [Fact]
    public void A_string_that_may_move_is_found_by_its_contents()
    {
        var table = new SiteTable();
        var literal = table.Add("Game.cs", 7, "Spawn", Tag.None);
        var file = new string("Game.cs".AsSpan());
        Assert.False(table.TryFind(file, 7, "Spawn", Tag.None, out _));
        Assert.Equal(literal, table.Add(file, 7, "Spawn", Tag.None));
        // Its address was not remembered: it may be another string's soon.
        Assert.False(table.TryFind(file, 7, "Spawn", Tag.None, out _));
        Assert.True(table.TryFind("Game.cs", 7, "Spawn", Tag.None, out _));
    }

    [Fact]
    public void Movable_strings_make_no_garbage_once_they_were_seen()
    {
        var table = new SiteTable();
        var file = new string("Script.cs".AsSpan());
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                if (!table.TryFind(file, 1, "Run", Tag.None, out _))
                    table.Add(file, 1, "Run", Tag.None);
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
            numbers[line] = table.Add("Big.cs", line, "M", Tag.None);
            table.CountersOf(numbers[line]).Allocations = line;
        }
        for (var line = 0; line < numbers.Length; line++)
        {
            Assert.True(table.TryFind("Big.cs", line, "M", Tag.None, out var found));
            Assert.Equal(numbers[line], found);
            Assert.Equal(line, table.Counters[found].Allocations);
        }
        Assert.Equal(numbers.Length + 1, table.Sites.Length);
    }

    [Fact]
    public void A_caller_without_names_is_a_site_too()
    {
        var table = new SiteTable();
        var number = table.Add(null, 0, null, Tag.None);
        Assert.NotEqual(0, number);
        Assert.Equal(number, table.Add("", 0, "", Tag.None));
    }
}
