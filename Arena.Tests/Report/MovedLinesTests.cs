using Arena.Report.Model;

namespace Arena.Tests.Report;

/// <summary>A line that an edit moved is the line that it was: a comparison blames what grew.</summary>
public sealed class MovedLinesTests
{
    private const long KiB = 1_024;

    [Fact]
    public void A_line_that_moved_is_not_to_blame_for_one_that_grew()
    {
        var diff = Diff(
            [Site("Mesh.cs", 118, "Load", 100 * KiB), Site("Ui.cs", 7, "Draw", 10 * KiB)],
            [Site("Mesh.cs", 121, "Load", 100 * KiB), Site("Ui.cs", 7, "Draw", 30 * KiB)]);
        Assert.Equal(new ChangeRow("Ui.cs:7 (Draw)", null, 20, 20 * KiB), Assert.Single(diff.Rows));
        Assert.Contains("most of what grew is Ui.cs:7 (Draw) with +20 KiB", diff.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_moved_and_grew_is_named_where_it_is_now()
    {
        var diff = Diff([Site("Mesh.cs", 118, "Load", 100 * KiB)], [Site("Mesh.cs", 121, "Load", 130 * KiB)]);
        Assert.Equal(new ChangeRow("Mesh.cs:121 (Load)", null, 30, 30 * KiB), Assert.Single(diff.Rows));
    }

    [Fact]
    public void A_line_that_moved_onto_the_old_place_of_another_is_not_that_one()
    {
        var diff = Diff(
            [Site("A.cs", 10, "M", 100 * KiB), Site("A.cs", 13, "M", 7 * KiB), Site("A.cs", 16, "M", 50 * KiB)],
            [Site("A.cs", 13, "M", 102 * KiB), Site("A.cs", 16, "M", 7 * KiB), Site("A.cs", 19, "M", 50 * KiB)]);
        Assert.Equal(new ChangeRow("A.cs:13 (M)", null, 2, 2 * KiB), Assert.Single(diff.Rows));
    }

    [Fact]
    public void Lines_that_both_have_are_themselves_however_much_they_changed()
    {
        var diff = Diff(
            [Site("A.cs", 1, "M", 100 * KiB), Site("A.cs", 2, "M", 1 * KiB)],
            [Site("A.cs", 1, "M", 1 * KiB), Site("A.cs", 2, "M", 100 * KiB)]);
        Assert.Equal([99 * KiB, -99 * KiB], diff.Rows.Select(row => row.Bytes));
        Assert.Equal("A.cs:2 (M)", diff.Rows[0].Site);
    }

    [Fact]
    public void A_line_that_is_new_beside_one_that_moved_is_new()
    {
        var diff = Diff(
            [Site("A.cs", 118, "M", 100 * KiB)],
            [Site("A.cs", 117, "M", 5 * KiB), Site("A.cs", 125, "M", 100 * KiB)]);
        Assert.Equal(new ChangeRow("A.cs:117 (M)", null, 5, 5 * KiB), Assert.Single(diff.Rows));
        diff = Diff(
            [Site("A.cs", 100, "M", 10 * KiB), Site("A.cs", 118, "M", 1 * KiB)],
            [Site("A.cs", 118, "M", 1 * KiB), Site("A.cs", 130, "M", 10 * KiB)]);
        Assert.Empty(diff.Rows);
        diff = Diff(
            [Site("A.cs", 118, "M", 100 * KiB), Site("A.cs", 130, "M", 3 * KiB)],
            [Site("A.cs", 133, "M", 3 * KiB)]);
        Assert.Equal(new ChangeRow("A.cs:118 (M)", null, -100, -100 * KiB), Assert.Single(diff.Rows));
    }

    [Fact]
    public void Members_tags_and_files_are_matched_with_themselves_only()
    {
        var diff = Diff(
            [
                Site("A.cs", 1, "M", KiB), Site("A.cs", 5, "N", 2 * KiB), Site("B.cs", 9, "M", 3 * KiB),
                Site("A.cs", 1, "M", 4 * KiB, "t"),
            ],
            [
                Site("A.cs", 2, "N", KiB), Site("A.cs", 6, "M", 2 * KiB), Site("C.cs", 9, "M", 3 * KiB),
                Site("A.cs", 6, "M", 4 * KiB, "u"),
            ]);
        Assert.Equal(
            [
                ("A.cs:6 (M)", "u", 4 * KiB), ("C.cs:9 (M)", null, 3 * KiB), ("A.cs:6 (M)", null, KiB),
                ("A.cs:2 (N)", null, -KiB), ("B.cs:9 (M)", null, -3 * KiB), ("A.cs:1 (M)", "t", -4 * KiB),
            ],
            diff.Rows.Select(row => (row.Site, row.Tag, row.Bytes)));
    }

    [Fact]
    public void Names_of_a_samplers_record_are_matched_and_odd_ones_break_nothing()
    {
        string[] before = ["Mesh.cs:118", "(no tag)", "x:007", "x:7", ":", "", "a:1:2", "Z.cs:99999999999"];
        string[] after = ["Mesh.cs:121", "(no tag)", "x:008", "x:8", ":", "", "a:3:2", "Z.cs:99999999998"];
        var diff = Diff([.. before.Select(Named)], [.. after.Select(Named)]);
        Assert.Equal(
            ["Z.cs:99999999998", "x:008", "Z.cs:99999999999", "x:007"], diff.Rows.Select(row => row.Site));

        static SiteModel Named(string name) => new() { Name = name, LiveBytes = KiB, LiveCount = 1 };
    }

    private static SiteModel Site(string file, int line, string member, long bytes, string? tag = null) => new()
    {
        Name = SiteSums.NameOf(new SourceLine(file, line, member)), File = file, Line = line, Member = member,
        Tag = tag, LiveBytes = bytes, LiveCount = bytes / KiB,
    };

    private static DiffModel Diff(SiteModel[] earlier, SiteModel[] later)
    {
        var model = ReportSource.Of(FixedCapture.Make(), "a", new ReportOptions());
        return DiffModel.Of(With(earlier), With(later));

        ReportModel With(SiteModel[] sites) => model with { Sites = sites };
    }
}
