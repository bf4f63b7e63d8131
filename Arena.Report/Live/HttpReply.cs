using System.Globalization;
using System.Text;

namespace Arena.Report.Live;

/// <summary>A reply, whole in memory.</summary>
/// <param name="Status">The code and its words.</param>
/// <param name="Type">The media type.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="Policy">The content security policy.</param>
internal sealed record HttpReply(
    string Status, string Type, ReadOnlyMemory<byte> Body, string Policy = HttpReply.Nothing)
{
    /// <summary>The policy of a reply that is not a page.</summary>
    public const string Nothing = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>The policy of the live page: its own files, and no other scripts or styles.</summary>
    public const string OwnFiles =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    /// <summary>The policy of the static page: styles in it, and no script at all.</summary>
    public const string NoScripts =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Text = "text/plain; charset=utf-8";

    public static HttpReply Of(string type, ReadOnlyMemory<byte> body, string policy = Nothing) =>
        new("200 OK", type, body, policy);

    public static HttpReply Json(byte[]? body) => body is null
        ? NotFound("There is nothing for that moment.") : Of("application/json", body);

    public static HttpReply NotFound(string why) => Refused("404 Not Found", why);

    public static HttpReply Refused(string status, string why) =>
        new(status, Text, Encoding.UTF8.GetBytes(why + "\n"));

    /// <summary>The head of a reply; of unknown length where it goes on until the connection ends.</summary>
    public static byte[] Head(string status, string type, int? length, string policy)
    {
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\n");
        if (length is { } bytes)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {bytes}\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Content-Security-Policy: {policy}\r\n")
            .Append("X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n")
            .Append("Cross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\n")
            .Append("Cache-Control: no-store\r\nConnection: close\r\n\r\n");
        return Encoding.ASCII.GetBytes(head.ToString());
    }

    public async Task WriteAsync(Stream stream, bool withBody, CancellationToken stop)
    {
        await stream.WriteAsync(Head(Status, Type, Body.Length, Policy), stop).ConfigureAwait(false);
        if (withBody)
            await stream.WriteAsync(Body, stop).ConfigureAwait(false);
    }
}
