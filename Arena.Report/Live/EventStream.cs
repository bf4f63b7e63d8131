using System.Globalization;
using System.Text;

namespace Arena.Report.Live;

/// <summary>
/// Server-sent events to one viewer: the newest view whenever there is one, and a comment now and then, by which both
/// sides see that the other is there. A viewer that is slow misses views in between.
/// </summary>
/// <remarks>
///     id: 7
///     data: {"version":7, ... }
///     (an empty line)
/// </remarks>
internal sealed class EventStream(Stream stream, TimeSpan patience)
{
    private static readonly TimeSpan BetweenComments = TimeSpan.FromSeconds(10);

    /// <summary>Sends until a stop is requested.</summary>
    /// <exception cref="IOException">The viewer is gone.</exception>
    /// <exception cref="TimeoutException">It takes nothing.</exception>
    /// <exception cref="OperationCanceledException">A stop was requested.</exception>
    public async Task SendAsync(LiveCapture capture, CancellationToken stop)
    {
        await Write(HttpReply.Head("200 OK", "text/event-stream", length: null, HttpReply.Nothing), stop)
            .ConfigureAwait(false);
        // A viewer that lost its connection comes again after a second.
        await Write("retry: 1000\n\n"u8.ToArray(), stop).ConfigureAwait(false);
        long sent = -1;
        while (true)
        {
            var (version, json) = capture.View;
            if (version > sent)
            {
                await Write(Event(version, json), stop).ConfigureAwait(false);
                sent = version;
            }
            try
            {
                await capture.After(sent).WaitAsync(BetweenComments, stop).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                await Write(":\n\n"u8.ToArray(), stop).ConfigureAwait(false);
            }
        }
    }

    // JSON that is not indented has no line end in it.
    private static byte[] Event(long version, byte[] json) =>
    [
        .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {version}\ndata: ")),
        .. json,
        .. "\n\n"u8,
    ];

    private async Task Write(byte[] bytes, CancellationToken stop) =>
        await stream.WriteAsync(bytes, stop).AsTask().WaitAsync(patience, stop).ConfigureAwait(false);
}
