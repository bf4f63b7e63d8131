using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Arena.Report.Live;
using Arena.Report.Model;
using Arena.Report.Options;

namespace Arena.Tests.Report.Live;

public sealed class ServeCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("serve");
    private readonly string _capture;

    public ServeCommandTests()
    {
        _capture = Path.Combine(_folder.FullName, "game.arena");
        using var game = new PlayedGame(_capture);
        game.Play(seconds: 5, leaks: true);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData()]
    [InlineData("CAPTURE", "CAPTURE")]
    [InlineData("CAPTURE", "--port", "0")]
    [InlineData("CAPTURE", "--port", "65536")]
    [InlineData("CAPTURE", "--port", "-1")]
    [InlineData("CAPTURE", "--port", "http")]
    [InlineData("CAPTURE", "--port")]
    [InlineData("CAPTURE", "--follow")]
    [InlineData("CAPTURE", "--output", "x.html")]
    [InlineData("CAPTURE", "--limit", "much")]
    [InlineData("")]
    public async Task A_bad_option_is_one_line_and_code_2(params string[] arguments)
    {
        var (code, output, error) = await Run(arguments);
        Assert.Equal((ExitCode.BadOption, ""), (code, output));
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("none.arena", "There is no file")]
    [InlineData(".", "is a folder")]
    [InlineData("text", "neither a capture nor")]
    [InlineData("game.memory", "sampler's record")]
    public async Task What_cannot_be_followed_is_one_line_and_code_1(string file, string why)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "text"), "a text, and no capture");
        File.WriteAllText(Path.Combine(_folder.FullName, "game.memory"), "ArenaMem and so on");
        var (code, output, error) = await Run(Path.Combine(_folder.FullName, file));
        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.Contains(why, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_in_use_is_named_with_what_to_do()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(provider: null);
        var (code, output, error) = await Run("CAPTURE", "--port", port);
        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.Equal(
            $"Port {port} of this machine is in use; give another one by --port, or none for one that is free.",
            error.TrimEnd());
    }

    [Fact]
    public async Task A_port_has_one_server()
    {
        await using var first = LiveServer.Start(_capture, new ReportOptions(), port: 0);
        var (code, output, error) = await Run("CAPTURE", "--port", first.Address.Port.ToString(provider: null));
        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.Contains("is in use; give another one by --port", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tool_prints_its_address_serves_and_ends_by_an_interrupt()
    {
        if (!Interrupt.EndsChildren)
            return;
        var folder = AppContext.BaseDirectory.Replace("Arena.Tests", "Arena.Report", StringComparison.Ordinal);
        using var tool = Process.Start(new ProcessStartInfo(
            "dotnet", [Path.Combine(folder, "Arena.Report.dll"), "serve", _capture])
        {
            RedirectStandardOutput = true,
        })!;
        var line = await tool.StandardOutput.ReadLineAsync();
        Assert.StartsWith($"{_capture}: http://127.0.0.1:", line, StringComparison.Ordinal);
        var address = new Uri(line!.Split(' ')[1]);
        await using (var viewer = await LiveViewer.Connect(address))
        {
            Assert.Equal("Ended", LiveViewer.State((await viewer.Next())!.Value));
            using var interrupt = Process.Start("kill", ["-INT", tool.Id.ToString(provider: null)]);
            await tool.WaitForExitAsync();
        }
        Assert.Equal(ExitCode.Success, tool.ExitCode);
    }

    [Fact]
    public async Task Help_has_its_own_options_only()
    {
        var (code, output, _) = await Run("--help");
        Assert.Equal(ExitCode.Success, code);
        Assert.Contains("arena-report serve <capture>", output, StringComparison.Ordinal);
        Assert.Contains("--port <PORT>", output, StringComparison.Ordinal);
        Assert.DoesNotContain("--follow", output, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(
            ["serve", .. arguments.Select(each => each == "CAPTURE" ? _capture : each)], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
