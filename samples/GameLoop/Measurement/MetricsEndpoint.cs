using System.Net;
using Arena.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace GameLoop.Measurement;

/// <summary>
/// Serves the meter of Arena at http://localhost:PORT/metrics, as Prometheus reads it, for this machine only. Works on
/// threads of its own, and makes garbage there when it is asked.
/// </summary>
internal sealed class MetricsEndpoint : IDisposable
{
    private readonly MeterProvider _provider;

    private MetricsEndpoint(MeterProvider provider) => _provider = provider;

    /// <exception cref="RunFailedException">The port is not available.</exception>
    public static MetricsEndpoint Open(int port)
    {
        try
        {
            return new MetricsEndpoint(Sdk.CreateMeterProviderBuilder()
                .AddMeter(ArenaMetrics.MeterName)
                .AddPrometheusHttpListener(options =>
                {
                    options.Host = "localhost";
                    options.Port = port;
                })
                .Build());
        }
        catch (Exception e) when (e is HttpListenerException or InvalidOperationException)
        {
            var cause = e.GetBaseException().Message;
            throw new RunFailedException($"--metrics: port {port} cannot be listened on: {cause}");
        }
    }

    public void Dispose() => _provider.Dispose();
}
