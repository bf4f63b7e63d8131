using System.Globalization;

namespace Arena.Report.Live;

/// <summary>Answers each path of the server, except for the events.</summary>
internal sealed class LiveRoutes(LiveCapture capture)
{
    public const string Events = "/events";

    private const string Script = "text/javascript; charset=utf-8";
    private const string Page = "text/html; charset=utf-8";

    private static readonly string[] Scripts = ["live.js", "charts.js", "map.js", "table.js", "units.js"];

    /// <summary>Returns null, or a refusal of a request.</summary>
    /// <remarks>
    /// A page from elsewhere may give its own name this machine's address (DNS rebinding); its requests then have
    /// that name as their host. Any port is right, because it may be forwarded.
    /// </remarks>
    public static HttpReply? WhyNot(HttpHead head)
    {
        if (!IsThisMachine(head.Host) || (head.OriginHost is { } origin && !IsThisMachine(origin)))
        {
            return HttpReply.Refused(
                "421 Misdirected Request", "This server answers only to localhost and 127.0.0.1.");
        }
        return head.Method is "GET" or "HEAD"
            ? null : HttpReply.Refused("405 Method Not Allowed", "This server only shows; it takes GET and HEAD.");
    }

    public HttpReply Answer(HttpHead head)
    {
        var at = head.Number("at");
        return head.Path switch
        {
            "/" => HttpReply.Of(Page, Resource("live.html"), HttpReply.OwnFiles),
            "/live.css" => HttpReply.Of(
                "text/css; charset=utf-8", (byte[])[.. Resource("style.css").Span, .. Resource("live.css").Span]),
            "/favicon.ico" => HttpReply.Of("image/svg+xml", Resource("live.svg")),
            "/report" => capture.StaticPage() is { } page
                ? HttpReply.Of(Page, page, HttpReply.NoScripts) : HttpReply.NotFound("Nothing was read yet."),
            "/view" => HttpReply.Json(at is { } seconds ? capture.ViewAt(seconds) : capture.View.Json),
            "/compare" when head.Number("from") is { } from && head.Number("to") is { } to =>
                HttpReply.Json(capture.Between(from, to)),
            "/map" when head.Number("arena") is { } arena && Address(head, "start") is { } start
                && Address(head, "bytes") is { } bytes and <= long.MaxValue =>
                HttpReply.Json(capture.Part(at ?? double.PositiveInfinity, (int)arena, start, (long)bytes)),
            _ when Scripts.Contains(head.Path[1..]) => HttpReply.Of(Script, Resource(head.Path[1..])),
            _ => HttpReply.NotFound("There is nothing of that name, or a value of its query is missing."),
        };
    }

    private static bool IsThisMachine(string host) => host is "localhost" or "127.0.0.1" or "[::1]";

    private static ulong? Address(HttpHead head, string name) => head.Query.TryGetValue(name, out var text)
        && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static ReadOnlyMemory<byte> Resource(string name)
    {
        using var stream = typeof(LiveRoutes).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"'{name}' is not in the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
