using Arena.Bench.Contestants;
using Arena.Bench.Quick;
using QuickReport = Arena.Bench.Quick.Report;

namespace Arena.Tests.Bench;

public class TableTests
{
    private static readonly QuickReport.Question Question = new(
        "W2",
        "replace one",
        "replacement",
        [
            new("C scudo", 40, FreeCheck.Checked),
            new("Arena Pool", 4, FreeCheck.Checked),
            new("C tcmalloc", 6.25, FreeCheck.Unchecked),
            new("bump pointer (limit)", 1.5),
        ],
        [
            new("Arena Pool", "C tcmalloc", 0.64, 0.63, 0.65, 0.45, 0.51),
            new("Arena Pool", "C scudo", 0.1, 0.09, 0.11, null),
            new("Arena Pool", "bump pointer (limit)", 2.67, 2.5, 2.7, 3, 1.5),
        ]);

    [Theory]
    [InlineData("Arena Pool", "checked")]
    [InlineData("Arena Heap", "checked")]
    [InlineData("Arena Heap, huge pages", "checked")]
    [InlineData("Arena SharedHeap.Local()", "checked")]
    [InlineData("Arena SharedPool", "checked")]
    [InlineData("NativeMemory", "unchecked")]
    [InlineData("Marshal.AllocHGlobal", "unchecked")]
    [InlineData("ArrayPool.Shared", "unchecked")]
    [InlineData("mimalloc from C#", "unchecked")]
    [InlineData("Arena frames", "")]
    [InlineData("new byte[], pinned", "")]
    [InlineData("bump pointer (limit)", "")]
    public void The_mark_says_who_checks_frees(string contestant, string mark) =>
        Assert.Equal(mark, Table.Word(Table.FreesOf(contestant)));

    [Fact]
    public void The_table_has_the_marks_beside_the_times_and_in_the_ratios() => Assert.Equal(
        [
            "W2: replace one",
            "  bump pointer (limit)                       1.50 ns per replacement",
            "  Arena Pool                 checked         4.00 ns per replacement",
            "  C tcmalloc                 unchecked       6.25 ns per replacement",
            "  C scudo                    checked        40.00 ns per replacement",
            "  Arena Pool / C tcmalloc (unchecked): 0.64 (0.63 to 0.65), promise 0.45: MISSED; floor 0.51",
            "  Arena Pool / C scudo (checked): 0.10 (0.09 to 0.11), no promise",
            "  Arena Pool / bump pointer (limit): 2.67 (2.50 to 2.70), promise 3.00: kept",
        ],
        Table.Lines(Question));

    [Fact]
    public void The_chart_marks_the_rivals_and_draws_a_tick_for_promises_only()
    {
        var file = Path.GetTempFileName();
        try
        {
            Chart.Write(new QuickReport("a machine", "a system", "a runtime", 15, [Question]), file);
            var svg = File.ReadAllText(file);
            Assert.Contains("W2  Arena Pool / C tcmalloc (unchecked)", svg, StringComparison.Ordinal);
            Assert.Contains("W2  Arena Pool / C scudo (checked)", svg, StringComparison.Ordinal);
            Assert.Equal(2, svg.Split("stroke-width=\"2\"").Length - 1);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_report_keeps_versions_and_marks_in_its_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            new QuickReport("a machine", "a system", "a runtime", 15, [Question])
            {
                Peers = [new("C scudo", "14.0.6", FreeCheck.Checked)],
            }.Write(file);
            var read = QuickReport.Read(file);
            Assert.Equal("14.0.6", read.Peers.Single().Version);
            Assert.Equal(Question.Times, read.Questions.Single().Times);
            Assert.Equal(Question.Ratios, read.Questions.Single().Ratios);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
