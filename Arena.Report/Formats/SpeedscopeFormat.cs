using System.Text.Json;
using Arena.Report.Model;

namespace Arena.Report.Formats;

/// <summary>
/// Writes the sites in the file format of speedscope: one profile for live bytes, one for allocated bytes, one for
/// bytes that died within their frame. Widths are bytes.
/// </summary>
internal static class SpeedscopeFormat
{
    private const string FileFormat = "https://www.speedscope.app/file-format-schema.json";

    public static byte[] Of(ReportModel model)
    {
        var frames = new Frames();
        Sample[] live = [.. model.Sites.SelectMany(site => Live(site, frames))];
        Sample[] allocated = [.. model.Sites.Select(site => new Sample([frames.Of(site)], site.AllocatedBytes))];
        Sample[] shortLived = [.. model.Sites.Select(site => new Sample([frames.Of(site)], site.ShortLivedBytes))];
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("$schema", FileFormat);
            json.WriteString("name", model.Source.File);
            json.WriteString("exporter", "Arena.Report");
            json.WriteNumber("activeProfileIndex", 0);
            json.WriteStartObject("shared");
            frames.Write(json);
            json.WriteEndObject();
            json.WriteStartArray("profiles");
            Profile(json, "live bytes", live);
            Profile(json, "allocated bytes", allocated);
            Profile(json, "bytes that died within their frame", shortLived);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    // Returns a sample for each known stack, from the outermost caller to the line, and one for the rest of the site.
    private static IEnumerable<Sample> Live(SiteModel site, Frames frames)
    {
        var (own, rest) = (frames.Of(site), site.LiveBytes);
        foreach (var stack in site.Stacks)
        {
            yield return new Sample([.. stack.Frames.Skip(1).Reverse().Select(frames.Of), own], stack.Bytes);
            rest -= stack.Bytes;
        }
        yield return new Sample([own], rest);
    }

    private static void Profile(Utf8JsonWriter json, string name, Sample[] samples)
    {
        Sample[] shown = [.. samples.Where(sample => sample.Bytes > 0)];
        json.WriteStartObject();
        json.WriteString("type", "sampled");
        json.WriteString("name", name);
        json.WriteString("unit", "bytes");
        json.WriteNumber("startValue", 0);
        json.WriteNumber("endValue", Saturated.Sum(shown.Select(sample => sample.Bytes)));
        json.WriteStartArray("samples");
        foreach (var sample in shown)
        {
            json.WriteStartArray();
            foreach (var frame in sample.Frames)
                json.WriteNumberValue(frame);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteStartArray("weights");
        foreach (var sample in shown)
            json.WriteNumberValue(sample.Bytes);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private sealed record Sample(int[] Frames, long Bytes);

    /// <summary>The frames that samples refer to by number, each of them once.</summary>
    private sealed class Frames
    {
        private readonly List<(string Name, string File, int Line)> _frames = [];
        private readonly Dictionary<(string Name, string File, int Line), int> _numbers = [];

        public int Of(SiteModel site) =>
            Of((site.Tag is null ? site.Name : $"{site.Name} [{site.Tag}]", site.File, site.Line));

        public int Of(string caller) => Of((caller, "", 0));

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartArray("frames");
            foreach (var (name, file, line) in _frames)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                if (file.Length > 0)
                {
                    json.WriteString("file", file);
                    json.WriteNumber("line", line);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }

        private int Of((string Name, string File, int Line) frame)
        {
            if (_numbers.TryGetValue(frame, out var number))
                return number;
            _frames.Add(frame);
            return _numbers[frame] = _frames.Count - 1;
        }
    }
}
