using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Arena.Tests.Report.Live;
using GameLoop;
using GameLoop.Options;

namespace Arena.Tests.Samples;

/// <summary>The sample shows its own capture in a browser.</summary>
public sealed class GameServeTests
{
    [Fact]
    public async Task The_capture_is_served_until_an_interrupt()
    {
        if (!Interrupt.EndsChildren)
            return;
        using var game = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                typeof(Session).Assembly.Location, "--backend", "arena", "--frames", "300", "--entities", "500",
                "--leak", "1", "--serve", FreePort().ToString(provider: null),
            ])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            var line = await LineThatBegins(game, "The arena backend, live: http://127.0.0.1:");
            await using (var viewer = await LiveViewer.Connect(new Uri(line.Split(' ')[^1])))
            {
                var view = await viewer.Until(each => LiveViewer.State(each) == "Ended");
                var verdict = view.GetProperty("report").GetProperty("verdict");
                Assert.Contains("ArenaWorld", verdict.GetProperty("sentence").GetString(), StringComparison.Ordinal);
            }
            _ = await LineThatBegins(game, "The capture stays at ");
            using var interrupt = Process.Start("kill", ["-INT", game.Id.ToString(provider: null)]);
            await game.WaitForExitAsync();
            Assert.Equal(ExitCode.LeaksFound, game.ExitCode);
        }
        finally
        {
            game.Kill(); // otherwise a failure leaves it waiting for its interrupt; nothing if it has ended
        }
    }

    private static async Task<string> LineThatBegins(Process game, string beginning)
    {
        while (await game.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal))
                return line;
        }
        Assert.Fail($"The game ended before it wrote '{beginning}'.");
        return "";
    }

    [Fact]
    public void A_port_that_is_in_use_is_one_line_and_code_1()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(provider: null);
        using var error = new StringWriter();
        Assert.Equal(ExitCode.Failed, CommandLine.Run(
            ["--backend", "arena", "--frames", "1", "--serve", port], TextWriter.Null, error));
        Assert.Contains(
            $"Port {port} of this machine is in use", Assert.Single(error.ToString().TrimEnd().Split('\n')),
            StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
