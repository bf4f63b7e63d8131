using System.Globalization;
using System.Text;

namespace Arena.Report.Live;

/// <summary>The head of a request: all that this server reads of one.</summary>
/// <param name="Method">GET, HEAD or another.</param>
/// <param name="Path">The path, without its query.</param>
/// <param name="Query">The values of the query by name.</param>
/// <param name="Host">The name in the Host header, without its port; empty if there is none.</param>
/// <param name="OriginHost">The name in the Origin header, without scheme and port; null if there is none.</param>
internal sealed record HttpHead(
    string Method, string Path, IReadOnlyDictionary<string, string> Query, string Host, string? OriginHost)
{
    public const int MostBytes = 8_192;

    private static ReadOnlySpan<byte> End => "\r\n\r\n"u8;

    /// <summary>Reads a head; null if the other side sends none, too much, or something else.</summary>
    public static async Task<HttpHead?> ReadAsync(Stream stream, CancellationToken stop)
    {
        var buffer = new byte[MostBytes];
        var count = 0;
        while (count < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(count), stop).ConfigureAwait(false);
            if (read == 0)
                return null;
            count += read;
            var end = buffer.AsSpan(0, count).IndexOf(End);
            if (end >= 0)
                return Parse(Encoding.Latin1.GetString(buffer, 0, end));
        }
        return null;
    }

    /// <summary>Parses the lines of a head; null if they are none.</summary>
    public static HttpHead? Parse(string text)
    {
        var lines = text.Split("\r\n");
        if (lines[0].Split(' ') is not [var method, ['/', ..] target, "HTTP/1.1" or "HTTP/1.0"])
            return null;
        string host = "";
        string? origin = null;
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
                return null;
            var value = line[(colon + 1)..].Trim();
            if (line.AsSpan(0, colon).Equals("Host", StringComparison.OrdinalIgnoreCase))
                host = NameOf(value);
            else if (line.AsSpan(0, colon).Equals("Origin", StringComparison.OrdinalIgnoreCase))
                origin = Uri.TryCreate(value, UriKind.Absolute, out var uri) ? NameOf(uri.Authority) : value;
        }
        var question = target.IndexOf('?', StringComparison.Ordinal);
        return question < 0
            ? new HttpHead(method, target, new Dictionary<string, string>(), host, origin)
            : new HttpHead(method, target[..question], QueryOf(target[(question + 1)..]), host, origin);
    }

    /// <summary>A number of the query; null if it is not there or none.</summary>
    public double? Number(string name) =>
        Query.TryGetValue(name, out var text)
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value) ? value : null;

    // Without the port.
    private static string NameOf(string authority)
    {
        var colon = authority.LastIndexOf(':');
        return (colon > authority.LastIndexOf(']') ? authority[..colon] : authority).ToLowerInvariant();
    }

    private static Dictionary<string, string> QueryOf(string text)
    {
        Dictionary<string, string> query = [];
        foreach (var part in text.Split('&'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                query[part[..equals]] = Uri.UnescapeDataString(part[(equals + 1)..]);
        }
        return query;
    }
}
