using System.Text.Json;

namespace Arena.Tests.Report.Live;

/// <summary>A viewer without a browser: takes the events of a server as they come.</summary>
internal sealed class LiveViewer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new();
    private readonly Stream _stream;
    private readonly StreamReader _reader;

    private LiveViewer(HttpClient client, Stream stream) =>
        (_client, _stream, _reader) = (client, stream, new StreamReader(stream));

    public static async Task<LiveViewer> Connect(Uri server)
    {
        var client = new HttpClient();
        return new LiveViewer(client, await client.GetStreamAsync(new Uri(server, "events")));
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await _stream.DisposeAsync();
        _client.Dispose();
    }

    /// <summary>Waits for the next view; null when the server has ended.</summary>
    public async Task<JsonElement?> Next()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await _reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                return JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]);
        }
        return null;
    }

    /// <summary>Waits for a view that is as asked for; there must be one.</summary>
    public async Task<JsonElement> Until(Func<JsonElement, bool> isWanted)
    {
        while (await Next() is { } view)
        {
            if (isWanted(view))
                return view;
        }
        throw new InvalidOperationException("The server has ended.");
    }

    public static double Seconds(JsonElement view) =>
        view.GetProperty("report").GetProperty("source").GetProperty("seconds").GetDouble();

    public static long Live(JsonElement view) =>
        view.GetProperty("report").GetProperty("numbers").GetProperty("liveBytes").GetInt64();

    public static string State(JsonElement view) => view.GetProperty("state").GetString()!;
}
