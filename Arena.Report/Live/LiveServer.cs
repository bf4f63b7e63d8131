using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Arena.Report.Model;

namespace Arena.Report.Live;

/// <summary>
/// Serves a capture as a page in the browser, to this machine only, and sends what changes while a game writes it.
/// </summary>
/// <remarks>
/// A few lines on a socket, and no web server of the framework: HttpListener finds no free port and wants rights on
/// Windows, Kestrel would come into every program that uses the report. Every connection is one request; what a slow
/// viewer has not taken yet is not kept, only the newest view is. There is a bound on everything: connections, the head
/// of a request, the time that either side may take.
/// </remarks>
internal sealed class LiveServer : IAsyncDisposable
{
    public const int MostConnections = 64;

    private static readonly TimeSpan PatienceWithSide = TimeSpan.FromSeconds(20);

    private readonly TcpListener _listener;
    private readonly LiveCapture _capture;
    private readonly LiveRoutes _routes;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _turns = new(2);
    private readonly Dictionary<int, Task> _connections = [];
    private int _lastConnection;
    private readonly Task _running;
    private bool _isDisposed;

    private LiveServer(TcpListener listener, LiveCapture capture)
    {
        (_listener, _capture, _routes) = (listener, capture, new LiveRoutes(capture));
        Address = new Uri(string.Create(
            CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"));
        _running = Task.WhenAll(_capture.RunAsync(_stop.Token), AcceptAsync());
    }

    /// <summary>The address of the page.</summary>
    public Uri Address { get; }

    /// <summary>The number of requests that are being answered, viewers among them.</summary>
    public int ConnectionCount
    {
        get
        {
            lock (_connections)
                return _connections.Count;
        }
    }

    /// <summary>Starts to serve.</summary>
    /// <param name="path">The capture.</param>
    /// <param name="options">The options of the report.</param>
    /// <param name="port">The port; 0 for a free one.</param>
    /// <exception cref="IOException">The file cannot be read, or the port is not available.</exception>
    /// <exception cref="InvalidDataException">It is no capture.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static LiveServer Start(string path, ReportOptions options, int port)
    {
        var capture = new LiveCapture(path, options);
        var listener = new TcpListener(IPAddress.Loopback, port);
        // Elsewhere a port has one listener anyway, unless this is set to false, which lets several share it.
        if (OperatingSystem.IsWindows())
            listener.ExclusiveAddressUse = true;
        try
        {
            listener.Start();
        }
        catch (SocketException e)
        {
            listener.Dispose();
            var why = e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? "is in use" : $"cannot be opened: {e.Message}";
            throw new IOException(
                $"Port {port} of this machine {why}; give another one by --port, or none for one that is free.", e);
        }
        return new LiveServer(listener, capture);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _running.ConfigureAwait(false);
        Task[] open;
        lock (_connections)
            open = [.. _connections.Values];
        await Task.WhenAll(open).ConfigureAwait(false);
        _stop.Dispose();
        _turns.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Begin(await _listener.AcceptTcpClientAsync(_stop.Token).ConfigureAwait(false));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The other side was gone before it was accepted, or the process is out of handles for now.
                await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
            }
        }
    }

    private void Begin(TcpClient client)
    {
        lock (_connections)
        {
            if (_connections.Count >= MostConnections)
            {
                client.Dispose();
                return;
            }
            var number = ++_lastConnection;
            _connections.Add(number, Task.Run(() => Connection(client, number)));
        }
    }

    private async Task Connection(TcpClient client, int number)
    {
        try
        {
            using (client)
                await Serve(client.GetStream()).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            or ObjectDisposedException or TimeoutException or InvalidOperationException)
        {
            // The viewer went away or stands still, or the server ends.
        }
        finally
        {
            lock (_connections)
                _connections.Remove(number);
        }
    }

    private async Task Serve(NetworkStream stream)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        patience.CancelAfter(PatienceWithSide);
        var head = await HttpHead.ReadAsync(stream, patience.Token).ConfigureAwait(false);
        var refusal = head is null
            ? HttpReply.Refused("400 Bad Request", "This is no request that a browser makes.")
            : LiveRoutes.WhyNot(head);
        if (head is { Path: LiveRoutes.Events, Method: "GET" } && refusal is null)
        {
            await SendEvents(stream).ConfigureAwait(false);
            return;
        }
        var reply = refusal ?? await AnswerAsync(head!, patience.Token).ConfigureAwait(false);
        await reply.WriteAsync(stream, head?.Method != "HEAD", patience.Token).ConfigureAwait(false);
    }

    // A capture that something else wrote may hold what no model can be made of.
    private async Task<HttpReply> AnswerAsync(HttpHead head, CancellationToken stop)
    {
        // A view of the past is computed: viewers that scrub take turns.
        await _turns.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            return _routes.Answer(head);
        }
        catch (InvalidDataException e)
        {
            return HttpReply.NotFound(Printable.Line(e.Message));
        }
        finally
        {
            _turns.Release();
        }
    }

    private async Task SendEvents(NetworkStream stream)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        _capture.Enter();
        try
        {
            var watching = CancelWhenGone(stream, gone);
            await new EventStream(stream, PatienceWithSide).SendAsync(_capture, gone.Token).ConfigureAwait(false);
            await gone.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }
        finally
        {
            _capture.Leave();
        }
    }

    // A viewer sends nothing more; its end of the connection ends when it goes.
    private static async Task CancelWhenGone(NetworkStream stream, CancellationTokenSource gone)
    {
        try
        {
            var nothing = new byte[64];
            while (await stream.ReadAsync(nothing, gone.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // As well as an orderly end.
        }
        await gone.CancelAsync().ConfigureAwait(false);
    }
}
