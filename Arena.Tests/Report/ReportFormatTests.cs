using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Arena.Diagnostics;
using Arena.Report.Formats;
using Arena.Report.Model;
using Google.Protobuf;

namespace Arena.Tests.Report;

public sealed partial class ReportFormatTests
{
    private static readonly ReportModel Model =
        ReportSource.Of(FixedCapture.Make(), "fixed.arena", new ReportOptions());

    [Fact]
    public Task The_json_of_a_fixed_capture() => Verify(Rounded(ReportFile.Render(Model, ReportFormat.Json)));

    [Fact]
    public Task The_markdown_of_a_fixed_capture() => Verify(Text(ReportFormat.Markdown));

    [Fact]
    public Task The_text_of_a_fixed_capture() => Verify(Text(ReportFormat.Text));

    [Fact]
    public void Json_read_again_is_the_model()
    {
        var json = ReportFile.Render(Model, ReportFormat.Json);
        var read = JsonSerializer.Deserialize(json, ReportJson.Default.ReportModel);
        Assert.NotNull(read);
        Assert.Equal(json, JsonFormat.Of(read));
        Assert.Equal("arena-report/1", read.Schema);
    }

    [Fact]
    public void The_picture_of_the_map_is_of_the_fullest_one_and_a_capture_without_maps_is_told_how_to_get_one()
    {
        var fullest = Model.Maps.MaxBy(static map => map.LentBytes)!;
        var svg = Text(ReportFormat.Svg);
        var heading = $"{Units.Bytes(fullest.LiveBytes)} live of {Units.Bytes(fullest.LentBytes)}";
        Assert.Contains(heading, svg, StringComparison.Ordinal);
        var root = XDocument.Parse(svg).Root!;
        Assert.Equal("http://www.w3.org/2000/svg", root.Name.NamespaceName);
        Assert.All(
            fullest.Owners.Take(8),
            owner => Assert.Contains($"{owner.Kind} '{owner.Name}'", root.Value, StringComparison.Ordinal));
        var thrown = Assert.Throws<NotSupportedException>(
            () => ReportFile.Render(Model with { Maps = [] }, ReportFormat.Svg));
        Assert.Contains("RecordMap", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_has_no_markup_but_its_own()
    {
        var text = Text(ReportFormat.Markdown);
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("://", text, StringComparison.Ordinal);
        Assert.Equal(
            @"\|\`&lt;a&gt;\`\*\_\[x\](y) &#64;<!-- -->all http:<!-- -->&#47;&#47;x",
            MarkdownFormat.Escape("|`<a>`*_[x](y) @all http://x"));
        foreach (var table in text.Split("\n\n").Where(part => part.StartsWith('|')))
        {
            var columns = table.Trim().Split('\n').Select(line => Cell().Count(line)).Distinct();
            Assert.Single(columns);
        }
    }

    [Theory]
    [InlineData("www.x.com")]
    [InlineData("(WWW.x.com)")]
    [InlineData("http://x.com")]
    [InlineData("git+ssh://x.com/a")]
    [InlineData("a.b@x.com")]
    [InlineData("mailto:a@x.com")]
    [InlineData("xmpp:a@x.com/b")]
    [InlineData("tel:123")]
    [InlineData("@all")]
    [InlineData("GH-12")]
    [InlineData("owner/name#12")]
    public void What_a_build_server_would_make_a_link_of_stays_text(string text)
    {
        var markdown = MarkdownFormat.Escape(text);
        Assert.DoesNotMatch(@"(?i)www\.|://|@", markdown);
        // Build servers search the parsed result, text by text.
        Assert.All(markdown.Split("<!-- -->"), part => Assert.DoesNotMatch(
            @"(?i)www\.|://|[\w.]@\w|@all|(mailto|xmpp|tel):.|GH-\d|#\d", System.Net.WebUtility.HtmlDecode(part)));
        var shown = System.Net.WebUtility.HtmlDecode(
            markdown.Replace("<!-- -->", "", StringComparison.Ordinal).Replace("\\", "", StringComparison.Ordinal));
        Assert.Equal(text, shown);
    }

    [Fact]
    public void Names_cannot_move_the_cursor_of_a_terminal_or_turn_the_reading_direction()
    {
        Assert.Equal("a b\uFFFD[31mc\uFFFDd", Printable.Line("a\r\nb\u001b[31mc\u009bd"));
        const string odd = "x\u0085\u009b1m\u202E\u2066\u200F\u061C\uFEFF\u2028\U000E0041y";
        var whole = FixedCapture.Make("cut " + odd);
        var site = whole.Sites[0];
        var model = ReportSource.Of(
            new Arena.Diagnostics.MemoryCapture
            {
                FormatVersion = whole.FormatVersion, Seconds = whole.Seconds, SampleSeconds = whole.SampleSeconds,
                Problem = whole.Problem, Facts = new Dictionary<string, string> { [odd] = odd },
                Sites =
                [
                    new Arena.Diagnostics.CaptureSite
                    {
                        File = odd, Line = 3, Member = odd, Tag = odd, Bytes = site.Bytes, Counts = site.Counts,
                        Stacks = [new Arena.Diagnostics.LeakStackTrace(odd + "\n" + odd, 1, 1)],
                    },
                ],
                Arenas = [whole.Arenas[0] with { Name = odd }], Maps = whole.Maps,
                Events =
                [
                    new Arena.Diagnostics.CaptureEvent(
                        Arena.Diagnostics.CaptureEventKind.InvalidFree, 70, 0, 7, odd, odd),
                    new Arena.Diagnostics.CaptureEvent(Arena.Diagnostics.CaptureEventKind.Mark, 80, 0, 7, odd, odd),
                ],
                Tags = [new Arena.Diagnostics.TagUse(odd, 1, 1, null, 0)],
            },
            odd, new ReportOptions());
        foreach (var format in Enum.GetValues<ReportFormat>().Where(each => each != ReportFormat.Png))
        {
            var bytes = ReportFile.Render(model, format);
            var text = Encoding.UTF8.GetString(format == ReportFormat.Pprof ? Unzipped(bytes) : bytes);
            // The bytes of a profile are not all text.
            if (format != ReportFormat.Pprof)
                Assert.DoesNotContain(text, c => char.IsControl(c) && c is not ('\n' or '\r'));
            Assert.DoesNotContain(text, c => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069')
                or '\u200E' or '\u200F' or '\u061C' or '\uFEFF' or '\u2028' or '\u009b');
            Assert.DoesNotContain("\U000E0041", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Pprof_has_what_the_model_has()
    {
        var profile = Fields(Unzipped(ReportFile.Render(Model, ReportFormat.Pprof)));
        string[] strings = [.. profile.Where(f => f.Number == 6).Select(f => Encoding.UTF8.GetString(f.Bytes))];
        Assert.Equal("", strings[0]);
        string[] types = [.. profile.Where(f => f.Number == 1).Select(f => strings[Fields(f.Bytes)[0].Value])];
        Assert.Equal(["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"], types);

        var samples = profile.Where(f => f.Number == 2).Select(f => Fields(f.Bytes)).ToArray();
        var values = samples.Select(sample => Packed(sample.Single(f => f.Number == 2).Bytes)).ToArray();
        Assert.Equal(Model.Sites.Sum(site => site.LiveBytes), values.Sum(each => each[3]));
        Assert.Equal(Model.Sites.Sum(site => site.LiveCount), values.Sum(each => each[2]));
        Assert.Equal(Model.Sites.Sum(site => site.AllocatedBytes), values.Sum(each => each[1]));

        var locations = profile.Where(f => f.Number == 4).ToDictionary(f => (long)Fields(f.Bytes)[0].Value);
        var functions = profile.Where(f => f.Number == 5).ToDictionary(f => (long)Fields(f.Bytes)[0].Value);
        Assert.All(samples, sample => Assert.All(
            Packed(sample.Single(f => f.Number == 1).Bytes), id => Assert.Contains(id, locations.Keys)));
        Assert.Equal(locations.Keys.Order(), functions.Keys.Order());
        Assert.Contains("Mesh.Load", functions.Values.Select(f => strings[Fields(f.Bytes)[1].Value]));
        // The stack of a site is a sample of three locations.
        Assert.Contains(samples, sample => Packed(sample.Single(f => f.Number == 1).Bytes).Length == 3);
        Assert.Equal("inuse_space", strings[profile.Single(f => f.Number == 14).Value]);
    }

    [Fact]
    public void A_trace_has_counters_frames_and_marks_in_microseconds()
    {
        var trace = JsonNode.Parse(ReportFile.Render(Model, ReportFormat.Chrome))!["traceEvents"]!.AsArray();
        var live = trace.Where(e => (string?)e!["name"] == "live bytes").ToArray();
        Assert.Equal(Model.Series.LiveBytes, live.Select(e => (double)e!["args"]!["live"]!));
        Assert.Equal(Model.Series.Seconds.Select(s => s * 1e6), live.Select(e => (double)e!["ts"]!));
        var frame = trace.Single(e => (string?)e!["name"] == "frame 9")!;
        Assert.Equal(("X", 90e6, 30_000), ((string?)frame["ph"], (double)frame["ts"]!, (double)frame["dur"]!));
        Assert.Contains(trace, e => (string?)e!["ph"] == "i" && ((string)e["name"]!).StartsWith("level 2"));
    }

    [Fact]
    public void Speedscope_has_a_profile_for_each_sort_of_bytes()
    {
        var file = JsonNode.Parse(ReportFile.Render(Model, ReportFormat.Speedscope))!;
        var frames = file["shared"]!["frames"]!.AsArray();
        // Two callers of one line, besides.
        Assert.Equal(Model.Sites.Count + 2, frames.Count);
        foreach (var profile in file["profiles"]!.AsArray())
        {
            var weights = profile!["weights"]!.AsArray().Select(weight => (long)weight!).ToArray();
            Assert.Equal((long)profile["endValue"]!, weights.Sum());
            Assert.Equal(profile["samples"]!.AsArray().Count, weights.Length);
            Assert.All(
                profile["samples"]!.AsArray(), sample => Assert.InRange((int)sample![0]!, 0, frames.Count - 1));
        }
        Assert.Equal(Model.Sites.Sum(site => site.LiveBytes), (long)file["profiles"]![0]!["endValue"]!);
    }

    [Theory]
    [InlineData("a.html", ReportFormat.Html)]
    [InlineData("A.JSON", ReportFormat.Json)]
    [InlineData("a.trace.json", ReportFormat.Chrome)]
    [InlineData("a.speedscope.json", ReportFormat.Speedscope)]
    [InlineData("a.svg", ReportFormat.Svg)]
    [InlineData("a.pb.gz", ReportFormat.Pprof)]
    [InlineData("a.gz", null)]
    [InlineData("html", null)]
    public void The_ending_of_a_file_says_what_it_is(string file, object? format) =>
        Assert.Equal((ReportFormat?)format, FormatWords.OfFile(file));

    [Theory]
    [InlineData(0, "0 B", "0")]
    [InlineData(1023, "1023 B", "1023 B/s")]
    [InlineData(1024, "1 KiB", "1 KiB/s")]
    [InlineData(-1536, "-1.5 KiB", "-1.5 KiB/s")]
    [InlineData(0.4, "0 B", "24 B/min")]
    [InlineData(1 / 3600.0, "0 B", "1 B/h")]
    [InlineData(1e30, "867361737988 EiB", "867361737988.4 EiB/s")]
    public void Units_keep_numbers_short(double bytes, string text, string rate)
    {
        Assert.Equal(text, Units.Bytes(bytes));
        Assert.Equal(rate, Units.Rate(bytes));
    }

    [Fact]
    public void A_page_writes_rates_and_times_as_the_sentences_of_a_trend_do()
    {
        for (var exponent = -6; exponent < 60; exponent++)
        {
            var rate = 1.2345 * Math.Pow(2, exponent);
            Assert.Equal(RateUnit.Of(rate).Text(rate), Units.Rate(rate));
            Assert.Equal(RateUnit.Of(rate).Text(-rate / 1000), Units.RateLike(-rate / 1000, rate));
        }
        for (var seconds = 1.0; seconds < 1e9; seconds *= 1.7)
            Assert.Equal(TrendText.Duration(seconds), Units.Duration(seconds));
    }

    private static string Text(ReportFormat format) => Encoding.UTF8.GetString(ReportFile.Render(Model, format));

    // To six digits: the last ones of a logarithm are the processor's. Numbers of an array in one line.
    private static string Rounded(byte[] json)
    {
        var text = Number().Replace(Encoding.UTF8.GetString(json), match => double.Parse(
            match.Value, System.Globalization.CultureInfo.InvariantCulture).ToString("G6", provider: null));
        return Space().Replace(text, " ");
    }

    private static byte[] Unzipped(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static List<Field> Fields(byte[] message)
    {
        List<Field> fields = [];
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            fields.Add(WireFormat.GetTagWireType(tag) == WireFormat.WireType.Varint
                ? new Field(number, checked((int)Math.Min(int.MaxValue, input.ReadInt64())), [])
                : new Field(number, 0, input.ReadBytes().ToByteArray()));
        }
        return fields;
    }

    private static long[] Packed(byte[] bytes)
    {
        List<long> values = [];
        for (var input = new CodedInputStream(bytes); !input.IsAtEnd;)
            values.Add(input.ReadInt64());
        return [.. values];
    }

    [GeneratedRegex(@"(?<=[\[:,]\s*)-?\d+\.\d+(E[+-]?\d+)?(?=\s*[,\]}\r\n])")]
    private static partial Regex Number();

    [GeneratedRegex(@"(?<=[\[,\d])\s+(?=[-\d\]])")]
    private static partial Regex Space();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Cell();

    private sealed record Field(int Number, int Value, byte[] Bytes);
}
