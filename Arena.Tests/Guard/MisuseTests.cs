using Arena.Tests.Diagnostics;
using Arena.Tests.Os;
using Arena.Tests.Packaging;

namespace Arena.Tests.Guard;

/// <summary>
/// Programs that misuse memory, each in a process of its own, without a guard and with two kinds of it: what is noticed
/// is what the table of docs/safety.md says, with the right lines. The table is made of the same rows.
/// </summary>
public sealed class MisuseTests : IDisposable
{
    private const string Allocated = "Ship.cs:41 (Fire)";
    private const string Freed = "Wreck.cs:88 (Sink)";

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"arena-{Guid.NewGuid():n}.crash");

    public static TheoryData<string, string, int> Programs
    {
        get
        {
            var data = new TheoryData<string, string, int>();
            for (var row = 0; row < MisuseRow.Table.Count; row++)
            {
                var options = StringSplitOptions.RemoveEmptyEntries;
                foreach (var misuse in MisuseRow.Table[row].Programs.Split(';', options))
                {
                    foreach (var kind in MisuseRow.Table[row].Kinds.Split(',', options))
                        data.Add(misuse, kind, row);
                }
            }
            return data;
        }
    }

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void There_are_many_programs() => Assert.InRange(Programs.Count, 40, 200);

    [LinuxTheory]
    [MemberData(nameof(Programs))]
    public void A_misuse_is_noticed_as_the_table_says(string misuse, string kind, int row)
    {
        var expected = MisuseRow.Table[row];
        Verify("plain", expected.Plain, Lines.None);
        Verify("checked", expected.Checked, expected.Names);
        Verify("pages", expected.Pages, expected.Names);

        void Verify(string mode, string outcome, Lines names)
        {
            using var child = new ChildOfTest("misuse-of", kind, misuse, mode, _path);
            var said = child.ReadLine()?.Split('\t');
            var code = child.ExitCode();
            if (outcome == "ends")
            {
                Assert.NotEqual(0, code);
                Assert.Null(said);
                VerifyFile(names, misuse);
                return;
            }
            Assert.Equal(0, code);
            Assert.Equal(outcome, said![0]);
            if (outcome == "found")
                Assert.Equal((Allocated, FreedBy(names)), (said[1], names == Lines.Both ? said[2] : ""));
            if (outcome == "refused" && names == Lines.Both)
            {
                Assert.Contains(Allocated, said[3], StringComparison.Ordinal);
                Assert.Contains(Freed, said[3], StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_table_of_the_page_is_made_of_the_same_rows()
    {
        var page = File.ReadAllLines(Path.Combine(PackageTests.Root(), "docs", "safety.md"));
        var start = Array.FindIndex(page, line => line.StartsWith("| misuse |", StringComparison.Ordinal));
        var lines = page.Skip(start + 2).TakeWhile(line => line.StartsWith('|'));
        Assert.Equal(MisuseRow.Table.Select(row => row.Line), lines);
    }

    private static string FreedBy(Lines names) => names == Lines.Both ? Freed : "";

    // The process was ended, and its file says at which access.
    private void VerifyFile(Lines names, string misuse)
    {
        var report = GuardReport.Read(_path);
        Assert.True(report.HasFault);
        Assert.Equal(Allocated, report.Places[0].AllocatedAt);
        if (names == Lines.Both)
            Assert.Equal(Freed, report.Places[0].FreedAt);
        Assert.Contains(
            misuse.StartsWith("write past", StringComparison.Ordinal) ? "overrun at" : "use after free at",
            report.ToString(), StringComparison.Ordinal);
    }
}
