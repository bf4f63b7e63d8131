using System.Net;
using Arena.Report.Live;
using Arena.Report.Model;

namespace Arena.Tests.Report.Live;

/// <summary>The server answers to this machine's browsers only, and its pages load and run nothing else.</summary>
public sealed class LiveSecurityTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly HttpClient _client = new();
    private readonly LiveServer _server;

    public LiveSecurityTests()
    {
        using (var game = new PlayedGame(_path))
            game.Play(seconds: 5, leaks: true);
        _server = LiveServer.Start(_path, new ReportOptions(), port: 0);
    }

    public void Dispose()
    {
        _server.DisposeAsync().AsTask().Wait();
        _client.Dispose();
        File.Delete(_path);
    }

    [Theory]
    [InlineData("", "text/html")]
    [InlineData("live.js", "text/javascript")]
    [InlineData("charts.js", "text/javascript")]
    [InlineData("map.js", "text/javascript")]
    [InlineData("table.js", "text/javascript")]
    [InlineData("units.js", "text/javascript")]
    [InlineData("live.css", "text/css")]
    [InlineData("favicon.ico", "image/svg+xml")]
    [InlineData("view", "application/json")]
    [InlineData("report", "text/html")]
    public async Task Every_answer_says_what_it_is_and_what_it_may_do(string path, string type)
    {
        using var answer = await _client.GetAsync(new Uri(_server.Address, path));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("://", policy, StringComparison.Ordinal);
        if (path != "report")
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", text, StringComparison.Ordinal);
        if (path is "report")
            Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", null, "200")]
    [InlineData("LOCALHOST:80", null, "200")]
    [InlineData("127.0.0.1:1", null, "200")]
    [InlineData("[::1]:5", null, "200")]
    [InlineData("localhost", "http://localhost:99", "200")]
    [InlineData("evil.example", null, "421")]
    [InlineData("localhost.evil.example", null, "421")]
    [InlineData("127.0.0.1.evil.example:80", null, "421")]
    [InlineData("", null, "421")]
    [InlineData("localhost", "http://evil.example", "421")]
    [InlineData("localhost", "null", "421")]
    public async Task Only_names_of_this_machine_are_answered_to(string host, string? origin, string code)
    {
        foreach (var path in new[] { "/", "/view", "/events" })
        {
            using var request = await RawRequest.Connect(_server.Address);
            await request.Send(
                $"GET {path} HTTP/1.1\r\nHost: {host}\r\n{(origin is null ? "" : $"Origin: {origin}\r\n")}\r\n");
            if (code == "200" && path == "/events")
                continue;
            var answer = await request.Answer();
            Assert.StartsWith($"HTTP/1.1 {code} ", answer, StringComparison.Ordinal);
            var shows = path == "/" ? "<!DOCTYPE html>" : "PlayedGame.cs";
            Assert.Equal(code == "200", answer.Contains(shows, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", "405")]
    [InlineData("OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n", "405")]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", "404")]
    [InlineData("GET /../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", "404")]
    [InlineData("GET /compare HTTP/1.1\r\nHost: localhost\r\n\r\n", "404")]
    [InlineData("GET /compare?from=-1&to=x HTTP/1.1\r\nHost: localhost\r\n\r\n", "404")]
    [InlineData("GET /compare?from=-5&to=-4 HTTP/1.1\r\nHost: localhost\r\n\r\n", "404")]
    [InlineData("GET /map?arena=7&start=1&bytes=1 HTTP/1.1\r\nHost: localhost\r\n\r\n", "404")]
    [InlineData("GET /map?arena=0&start=1&bytes=99999999999999999999 HTTP/1.1\r\nHost: localhost\r\n\r\n", "404")]
    [InlineData("GET /view?at=1e308 HTTP/1.1\r\nHost: localhost\r\n\r\n", "200")]
    [InlineData("GET /view?at=-1e308 HTTP/1.1\r\nHost: localhost\r\n\r\n", "200")]
    [InlineData("GET /view?at=NaN HTTP/1.1\r\nHost: localhost\r\n\r\n", "200")]
    [InlineData("HEAD / HTTP/1.0\r\nHost: localhost\r\n\r\n", "200")]
    [InlineData("\r\n\r\n", "400")]
    [InlineData("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", "400")]
    [InlineData("GET evil HTTP/1.1\r\nHost: localhost\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nno header\r\n\r\n", "400")]
    public async Task What_is_asked_in_another_way_is_refused_in_one_line(string text, string code)
    {
        using var request = await RawRequest.Connect(_server.Address);
        await request.Send(text);
        var answer = await request.Answer();
        Assert.StartsWith($"HTTP/1.1 {code} ", answer, StringComparison.Ordinal);
        var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        if (code != "200")
            Assert.Single(body.TrimEnd().Split('\n'));
        if (text.StartsWith("HEAD", StringComparison.Ordinal))
            Assert.Equal("", body);
    }

    [Fact]
    public async Task A_head_that_never_ends_is_not_kept()
    {
        using var request = await RawRequest.Connect(_server.Address);
        await request.Send("GET / HTTP/1.1\r\nX: " + new string('x', HttpHead.MostBytes));
        Assert.DoesNotContain("200 OK", await request.Answer(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_are_bounded_and_the_next_is_served_when_one_ends()
    {
        List<RawRequest> open = [];
        for (var i = 0; i < LiveServer.MostConnections; i++)
            open.Add(await RawRequest.Connect(_server.Address));
        for (var i = 0; i < 600 && _server.ConnectionCount < LiveServer.MostConnections; i++)
            await Task.Delay(50);
        using (var one = await RawRequest.Connect(_server.Address))
        {
            await one.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            Assert.Equal("", await one.Answer());
        }
        open.ForEach(each => each.Dispose());
        for (var i = 0; i < 600 && _server.ConnectionCount > 0; i++)
            await Task.Delay(50);
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(_server.Address)).StatusCode);
    }

    [Fact]
    public async Task The_server_ends_although_viewers_are_there()
    {
        await using var viewer = await LiveViewer.Connect(_server.Address);
        await viewer.Next();
        using var idle = await RawRequest.Connect(_server.Address);
        await _server.DisposeAsync();
        Assert.Equal(0, _server.ConnectionCount);
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync(_server.Address));
    }
}
