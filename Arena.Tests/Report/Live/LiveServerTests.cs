using System.Text.Json;
using Arena.Report.Live;
using Arena.Report.Model;

namespace Arena.Tests.Report.Live;

/// <summary>A capture is followed by any number of viewers, whatever becomes of its file.</summary>
public sealed class LiveServerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("live");
    private readonly string _path;
    private readonly HttpClient _client = new();

    public LiveServerTests() => _path = Path.Combine(_folder.FullName, "game.arena");

    public void Dispose()
    {
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Every_viewer_sees_a_running_game_move_and_end()
    {
        using var game = new PlayedGame(_path);
        game.PlaySecond(forgets: true);
        await using var server = Start();
        await using var one = await LiveViewer.Connect(server.Address);
        await using var other = await LiveViewer.Connect(server.Address);
        LiveViewer[] viewers = [one, other];
        foreach (var viewer in viewers)
            await viewer.Until(view => LiveViewer.State(view) == "Open" && LiveViewer.Seconds(view) == 1);
        for (var second = 2; second <= 4; second++)
        {
            game.PlaySecond(forgets: true);
            foreach (var viewer in viewers)
                await viewer.Until(view => LiveViewer.Seconds(view) == second);
        }
        game.Close();
        foreach (var viewer in viewers)
        {
            var last = await viewer.Until(view => LiveViewer.State(view) == "Ended");
            Assert.Equal("Leak", last.GetProperty("report").GetProperty("verdict").GetProperty("level").GetString());
        }
    }

    [Fact]
    public async Task A_viewer_that_goes_is_forgotten_and_the_others_stay()
    {
        using var game = new PlayedGame(_path);
        game.PlaySecond(forgets: true);
        await using var server = Start();
        await using var stays = await LiveViewer.Connect(server.Address);
        await stays.Next();
        var goes = await LiveViewer.Connect(server.Address);
        await goes.Next();
        Assert.Equal(2, server.ConnectionCount);
        await goes.DisposeAsync();
        await Eventually(() => server.ConnectionCount == 1);
        game.PlaySecond(forgets: true);
        await stays.Until(view => LiveViewer.Seconds(view) == 2);
    }

    [Fact]
    public async Task A_viewer_that_takes_nothing_holds_up_no_other()
    {
        using var game = new PlayedGame(_path);
        game.PlaySecond(forgets: true);
        await using var server = Start();
        using var stalled = await RawRequest.Connect(server.Address);
        await stalled.Send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await using var viewer = await LiveViewer.Connect(server.Address);
        for (var second = 2; second <= 5; second++)
        {
            game.PlaySecond(forgets: true);
            await viewer.Until(view => LiveViewer.Seconds(view) == second);
        }
    }

    [Fact]
    public async Task A_capture_that_is_replaced_by_another_is_shown_from_its_beginning()
    {
        using (var first = new PlayedGame(_path))
            first.Play(seconds: 5, leaks: false);
        await using var server = Start();
        await using var viewer = await LiveViewer.Connect(server.Address);
        var old = (await viewer.Next())!.Value;
        Assert.Equal("Ended", LiveViewer.State(old));
        using var second = new PlayedGame(_path);
        second.PlaySecond(forgets: true);
        var view = await viewer.Until(
            each => LiveViewer.State(each) == "Open" && LiveViewer.Seconds(each) == 1);
        Assert.NotEqual(old.GetProperty("run").GetString(), view.GetProperty("run").GetString());
        Assert.True(view.GetProperty("version").GetInt64() > old.GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task A_file_that_is_cut_off_damaged_removed_and_written_again_is_shown_as_far_as_it_goes()
    {
        using (var game = new PlayedGame(_path))
            game.Play(seconds: 30, leaks: true);
        var bytes = File.ReadAllBytes(_path);
        await using var server = Start();
        await using var viewer = await LiveViewer.Connect(server.Address);
        await viewer.Next();

        File.WriteAllBytes(_path, bytes[..(bytes.Length / 2)]);
        var view = await viewer.Until(each => Message(each)?.Contains("cut off", StringComparison.Ordinal) == true);
        Assert.Equal("Open", LiveViewer.State(view));

        var damaged = (byte[])bytes.Clone();
        damaged.AsSpan(bytes.Length * 7 / 8, 200).Fill(0xA5);
        File.WriteAllBytes(_path, damaged);
        await viewer.Until(each => Message(each)?.Contains("damaged", StringComparison.Ordinal) == true);

        File.Delete(_path);
        view = await viewer.Until(each => LiveViewer.State(each) == "Lost");
        Assert.Contains(_path, Message(view), StringComparison.Ordinal);
        // What was read before is still there.
        Assert.NotEqual(JsonValueKind.Null, view.GetProperty("report").ValueKind);

        File.WriteAllText(_path, "something else");
        view = await viewer.Until(each => Message(each)?.Contains("ARENACAP", StringComparison.Ordinal) == true);
        Assert.Equal("Lost", LiveViewer.State(view));

        File.WriteAllBytes(_path, bytes);
        await viewer.Until(each => LiveViewer.State(each) == "Ended" && Message(each) is null);
    }

    [Fact]
    public async Task A_file_that_is_still_empty_is_waited_for()
    {
        File.WriteAllBytes(_path, []);
        await using var server = Start();
        await using var viewer = await LiveViewer.Connect(server.Address);
        var view = (await viewer.Next())!.Value;
        Assert.Equal(("Lost", JsonValueKind.Null), (LiveViewer.State(view), view.GetProperty("report").ValueKind));
        using var game = new PlayedGame(_path);
        game.PlaySecond(forgets: false);
        await viewer.Until(each => LiveViewer.State(each) == "Open");
    }

    [Fact]
    public async Task Nothing_is_read_without_a_viewer_and_nothing_is_sent_while_nothing_changes()
    {
        using var game = new PlayedGame(_path);
        game.PlaySecond(forgets: false);
        var capture = new LiveCapture(_path, new ReportOptions()) { Interval = TimeSpan.FromMilliseconds(5) };
        using var stop = new CancellationTokenSource();
        var running = capture.RunAsync(stop.Token);
        game.PlaySecond(forgets: false);
        await Task.Delay(100);
        Assert.Equal(1, capture.View.Version);
        capture.Enter();
        await capture.After(1);
        Assert.Equal(2, capture.View.Version);
        await Task.Delay(100);
        Assert.Equal(2, capture.View.Version);
        capture.Leave();
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_moment_that_is_past_is_shown_as_it_was()
    {
        using var game = new PlayedGame(_path);
        for (var second = 1; second <= 20; second++)
            game.PlaySecond(forgets: true, withMap: second is 5 or 15);
        await using var server = Start();
        var (then, now) = (await Get(server, "view?at=10"), await Get(server, "view"));
        Assert.Equal(10, then.GetProperty("at").GetDouble());
        Assert.True(LiveViewer.Live(then) < LiveViewer.Live(now));
        Assert.Equal([5, 15], new[] { then, now }.Select(
            view => view.GetProperty("report").GetProperty("maps")[0].GetProperty("seconds").GetDouble()));
        // All of the curve is there, to choose another moment on.
        Assert.Equal(
            now.GetProperty("report").GetProperty("series").GetProperty("seconds").GetArrayLength(),
            then.GetProperty("report").GetProperty("series").GetProperty("seconds").GetArrayLength());

        var change = await Get(server, "compare?from=5&to=15");
        var row = change.GetProperty("rows")[0];
        Assert.Contains(
            $"PlayedGame.cs:{game.WallLine}", row.GetProperty("site").GetString(), StringComparison.Ordinal);
        Assert.Equal((30, 30 * 256), (row.GetProperty("count").GetInt64(), row.GetProperty("bytes").GetInt64()));
        var back = (await Get(server, "compare?from=15&to=5")).GetProperty("rows");
        Assert.Contains(back.EnumerateArray(), each => each.GetProperty("count").GetInt64() == -30);
    }

    [Fact]
    public async Task A_part_of_the_map_has_more_places_for_the_same_stretch()
    {
        using (var game = new PlayedGame(_path))
            game.Play(seconds: 200, leaks: true);
        await using var server = Start();
        var map = (await Get(server, "view")).GetProperty("report").GetProperty("maps")[0];
        var cell = map.GetProperty("cells").EnumerateArray().MaxBy(each => each.GetProperty("liveBytes").GetInt64());
        var (start, bytes) = (cell.GetProperty("start").GetUInt64(), cell.GetProperty("bytes").GetInt64());
        var part = await Get(server, $"map?arena=0&start={start}&bytes={bytes}");
        Assert.True(part.GetProperty("bytesPerPlace").GetInt64() < map.GetProperty("bytesPerPlace").GetInt64());
        var cells = part.GetProperty("cells").EnumerateArray().ToArray();
        Assert.Equal(bytes, cells.Sum(each => each.GetProperty("bytes").GetInt64()));
        Assert.Equal(Number(cell, "liveBytes"), cells.Sum(each => Number(each, "liveBytes")));
        Assert.All(cells, each => Assert.Equal(Number(cell, "owner"), Number(each, "owner")));
        Assert.Equal(start, cells[0].GetProperty("start").GetUInt64());
    }

    [Fact]
    public void A_view_is_bounded_however_long_the_capture_and_however_many_its_lines()
    {
        var model = ReportSource.Of(FixedCapture.Make(), "x", new ReportOptions());
        double[] many = [.. Enumerable.Range(0, 100_000).Select(i => (double)i)];
        var large = model with
        {
            Series = new SeriesModel(many, many, many),
            Sites = [.. Enumerable.Range(0, 5_000).Select(_ => model.Sites[0])],
            Events = [.. Enumerable.Range(0, 5_000).Select(i => model.Events[1] with { Text = $"bad free {i}" })],
        };
        var view = LiveView.Of(1, LiveState.Open, "", null, large);
        Assert.InRange(view.Report!.Series.Seconds.Count, 600, 1_200);
        Assert.Equal(0, view.Report.Series.Seconds[0]);
        Assert.Equal(99_999, view.Report.Series.LiveBytes[^1]);
        Assert.Equal(500, view.Report.Sites.Count);
        Assert.Equal(("bad free 4999", 100), (view.Errors[^1].Text, view.Errors.Count));
        Assert.InRange(view.ToJson().Length, 1, 1_000_000);
    }

    private static long Number(JsonElement each, string name) => each.GetProperty(name).GetInt64();

    private static string? Message(JsonElement view) => view.GetProperty("message").GetString();

    private static async Task Eventually(Func<bool> isSo)
    {
        for (var i = 0; i < 600 && !isSo(); i++)
            await Task.Delay(50);
        Assert.True(isSo());
    }

    private async Task<JsonElement> Get(LiveServer server, string path) => JsonSerializer.Deserialize<JsonElement>(
        await _client.GetByteArrayAsync(new Uri(server.Address, path)));

    private LiveServer Start() => LiveServer.Start(_path, new ReportOptions(), port: 0);
}
