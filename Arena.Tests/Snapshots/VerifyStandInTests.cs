using System.Runtime.CompilerServices;
using System.Text;

namespace Arena.Tests.Snapshots;

/// <summary>
/// Tests the failures of snapshots: a stand-in that passes too easily would make every snapshot worthless.
/// </summary>
public sealed class VerifyStandInTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("arena-snapshots-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_missing_snapshot_fails_and_leaves_what_was_received()
    {
        if (SnapshotSettings.AcceptsEverything)
            return;
        await AssertFails("one\ntwo");
        Assert.Equal("one\ntwo"u8.ToArray(), await File.ReadAllBytesAsync(PathOf("received")));
    }

    [Fact]
    public async Task An_empty_snapshot_counts_as_missing()
    {
        Write("");
        await AssertFails("");
    }

    [Fact]
    public async Task One_changed_character_fails()
    {
        Write("one\ntwo");
        await AssertFails("one\ntwO");
    }

    [Fact]
    public async Task A_second_final_newline_fails()
    {
        Write("one\n\n");
        await AssertFails("one");
    }

    [Fact]
    public async Task A_snapshot_of_another_extension_beside_the_right_one_fails()
    {
        Write("one");
        Write("one", extension: "json");
        await AssertFails("one");
    }

    [Fact]
    public async Task The_same_name_twice_in_a_run_fails()
    {
        Write("one");
        await Snapshot("one");
        await AssertFails("one");
    }

    [Fact]
    public async Task A_path_of_this_machine_is_refused()
    {
        Write("in " + _folder);
        await AssertFails("in " + _folder);
    }

    [Fact]
    public async Task What_was_received_before_is_gone_once_the_snapshot_matches()
    {
        Write("one");
        await File.WriteAllTextAsync(PathOf("received"), "an earlier run's");
        await Snapshot("one");
        Assert.False(File.Exists(PathOf("received")));
    }

    [Fact]
    public Task Line_endings_a_byte_order_mark_and_one_final_newline_are_forgiven()
    {
        File.WriteAllText(PathOf("verified"), "one\r\ntwo\r\n", Encoding.UTF8);
        return Snapshot("one\ntwo");
    }

    [Theory]
    [InlineData("a/b:c", 7)]
    [InlineData(null, -1)]
    public async Task Parameters_are_part_of_the_name(string? path, int count)
    {
        Write("one", test: $"{nameof(Parameters_are_part_of_the_name)}_path={path ?? "null"}_count={count}"
            .Replace('/', '-').Replace(':', '-'));
        await Snapshot("one").UseParameters(path, count);
    }

    private SettingsTask Snapshot(string text) => Verify(text, sourceFile: Path.Combine(_folder, "Any.cs"));

    private async Task AssertFails(string text, [CallerMemberName] string test = "")
    {
        if (SnapshotSettings.AcceptsEverything)
            return;
        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await Snapshot(text));
        Assert.Contains(test, error.Message, StringComparison.Ordinal);
    }

    private void Write(string text, string extension = "txt", [CallerMemberName] string test = "") =>
        File.WriteAllText(PathOf("verified", extension, test), text);

    private string PathOf(string kind, string extension = "txt", [CallerMemberName] string test = "") =>
        Path.Combine(_folder, $"{nameof(VerifyStandInTests)}.{test}.{kind}.{extension}");
}
