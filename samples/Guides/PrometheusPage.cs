using System.Net;
using System.Net.Sockets;
using Arena;
using Arena.Diagnostics;
using Arena.Pools;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Guides;

/// <summary>A game that Prometheus can read.</summary>
internal static class PrometheusPage
{
    private const int Frames = 300;

    public static void Play(string[] arguments, TextWriter output)
    {
        var port = FreePort();
        #region serve
        using var arena = new PageArena("game");
        using var metrics = ArenaMetrics.Observe(arena, new ArenaMetricsOptions { CountsAllocations = true });
        using var endpoint = Sdk.CreateMeterProviderBuilder()
            .AddMeter(ArenaMetrics.MeterName)
            .AddPrometheusHttpListener(options => (options.Host, options.Port) = ("localhost", port))
            .Build();
        #endregion
        using var shots = new Pool<Shot>(arena, new PoolOptions { Name = "shots" });
        #region loop
        for (var frame = 0; frame < Frames; frame++)
        {
            Step(shots, frame);
            metrics.Update();                                // between frames; reads the arena once a second
        }
        #endregion
        // The last reading, for this page: a game goes on.
        Thread.Sleep(TimeSpan.FromSeconds(1));
        metrics.Update();
        Show($"http://localhost:{port}/metrics", output);
        shots.Clear();
    }

    private static void Step(Pool<Shot> shots, int frame)
    {
        for (var i = 0; i < 10; i++)
            shots.Add(new Shot { FramesLeft = 20 + (frame + i) % 5 });
        foreach (ref var shot in shots)
        {
            if (--shot.FramesLeft == 0)
                shots.Free(ref shot);
        }
    }

    // What Prometheus would read.
    private static void Show(string address, TextWriter output)
    {
        using var client = new HttpClient();
        using var answer = client.Send(new HttpRequestMessage(HttpMethod.Get, address));
        using var reader = new StreamReader(answer.EnsureSuccessStatusCode().Content.ReadAsStream());
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("arena_memory_usage", StringComparison.Ordinal)
                || line.StartsWith("arena_allocation", StringComparison.Ordinal))
                output.WriteLine(WithoutScope(line));
        }
    }

    // {otel_scope_name="Arena",arena_heap_name="game"} 960 1764464400000, whose last number is the time
    private static string WithoutScope(string line)
    {
        var fields = line.Split(' ');
        var (begin, end) = (fields[0].IndexOf('{', StringComparison.Ordinal), fields[0].LastIndexOf(','));
        return $"{fields[0][..(begin + 1)]}{fields[0][(end + 1)..]} {fields[1]}";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private struct Shot
    {
        public int FramesLeft;
    }
}
