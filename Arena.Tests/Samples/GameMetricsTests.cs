using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using GameLoop;
using GameLoop.Options;

namespace Arena.Tests.Samples;

public sealed class GameMetricsTests
{
    private static readonly string[] Series =
    [
        "arena_allocation_count", "arena_allocations_total", "arena_frees_total", "arena_memory_allocated_bytes_total",
        "arena_memory_committed_bytes", "arena_memory_fragmentation", "arena_memory_largest_free_bytes",
        "arena_memory_limit_bytes", "arena_memory_reserved_bytes", "arena_memory_usage_bytes",
    ];

    [Fact]
    public async Task While_the_game_runs_Prometheus_can_read_its_memory_on_this_machine()
    {
        var port = FreePort();
        // The exporter looks at the meter once a second: the game must last for a few.
        var game = Task.Run(() => Run(
            "--backend", "arena", "--entities", "500", "--frames", "80000", "--sectors", "2", "--metrics", $"{port}"));
        using var client = new HttpClient();
        var text = "";
        // A connection in the moment in which HttpListener opens the port makes its Start fail: look, do not knock.
        while (!game.IsCompleted && !IsOpen(port))
            await Task.Yield();
        // A sector has an arena, and every arena a series; the first answers may come before all are measured.
        while (!game.IsCompleted && Missing(text).Count > 0)
            text = await Scrape(client, port);
        var (code, error) = await game;
        Assert.True(error.Length == 0, error);
        Assert.Equal(ExitCode.Success, code);

        Assert.Empty(Missing(text));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(Address(port)));
    }

    [Fact]
    public void A_port_that_is_taken_is_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (code, error) = Run("--backend", "arena", "--entities", "50", "--frames", "10", "--metrics", $"{port}");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains($"--metrics: port {port} cannot be listened on", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private static List<string> Missing(string text)
    {
        var lines = text.Split('\n');
        string[] arenas = ["game", "game #2"];
        return [.. Series.SelectMany(_ => arenas, (name, arena) => (name, arena)).Where(series => !lines.Any(line =>
            line.StartsWith(series.name + "{", StringComparison.Ordinal)
            && line.Contains($"arena_heap_name=\"{series.arena}\"", StringComparison.Ordinal)))
            .Select(series => $"{series.name} of {series.arena}")];
    }

    private static async Task<string> Scrape(HttpClient client, int port)
    {
        try
        {
            return await client.GetStringAsync(Address(port));
        }
        catch (HttpRequestException)
        {
            // The port is not open so far.
            return "";
        }
    }

    private static bool IsOpen(int port) => Array.Exists(
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners(), open => open.Port == port);

    private static Uri Address(int port) => new($"http://localhost:{port}/metrics");

    // This is not a port that the system hands out: a connection that is tried before the game listens might be given
    // the very port that it wants to reach, and keep it.
    private static int FreePort()
    {
        for (; ; )
        {
            var port = Random.Shared.Next(15_000, 30_000);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }

    private static (int Code, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (CommandLine.Run(arguments, output, error), error.ToString());
    }
}
