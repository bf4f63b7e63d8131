using System.Runtime.InteropServices;
using Arena.Report.Live;
using Arena.Report.Model;

namespace GameLoop.Measurement;

/// <summary>Shows the capture of the arena backend in a browser, while it is written and afterwards.</summary>
internal sealed class ServedCapture : IDisposable
{
    private readonly LiveServer _server;
    private readonly TextWriter _output;

    private ServedCapture(LiveServer server, TextWriter output) => (_server, _output) = (server, output);

    /// <summary>Starts to serve; null without a port.</summary>
    /// <param name="port">The port of this machine.</param>
    /// <param name="path">The capture, which need not be there yet.</param>
    /// <param name="output">The writer that gets the address of the page.</param>
    /// <exception cref="IOException">The port is in use, or the file cannot be made.</exception>
    public static ServedCapture? Start(int? port, string? path, TextWriter output)
    {
        if (port is not { } number || path is null)
            return null;
        // An empty file is one that will be written.
        if (!File.Exists(path))
            File.WriteAllBytes(path, []);
        var server = LiveServer.Start(path, new ReportOptions(), number);
        output.WriteLine($"The arena backend, live: {server.Address}");
        return new ServedCapture(server, output);
    }

    /// <summary>Keeps the page until Ctrl+C.</summary>
    public void WaitForInterrupt()
    {
        using var interrupted = new ManualResetEventSlim();
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            interrupted.Set();
        });
        _output.WriteLine($"The capture stays at {_server.Address} until Ctrl+C.");
        interrupted.Wait();
    }

    public void Dispose() => _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
