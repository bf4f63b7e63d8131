using System.Text.Json;
using Arena.Report.Model;

namespace Arena.Report.Formats;

/// <summary>
/// The sites in the file format of speedscope: one profile for what is alive, one for what was allocated, one for what
/// died within its frame. Widths are bytes.
/// </summary>
internal static class SpeedscopeFormat
{
    private const string FileFormat = "https://www.speedscope.app/file-format-schema.json";

    public static byte[] Of(ReportModel model)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("$schema", FileFormat);
            json.WriteString("name", model.Source.File);
            json.WriteString("exporter", "Arena.Report");
            json.WriteNumber("activeProfileIndex", 0);
            json.WriteStartObject("shared");
            json.WriteStartArray("frames");
            foreach (var site in model.Sites)
                Frame(json, site);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray("profiles");
            Profile(json, "live bytes", model.Sites, site => site.LiveBytes);
            Profile(json, "allocated bytes", model.Sites, site => site.AllocatedBytes);
            Profile(json, "bytes that died within their frame", model.Sites, site => site.ShortLivedBytes);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static void Frame(Utf8JsonWriter json, SiteModel site)
    {
        json.WriteStartObject();
        json.WriteString("name", site.Tag is null ? site.Name : $"{site.Name} [{site.Tag}]");
        if (site.File.Length > 0)
        {
            json.WriteString("file", site.File);
            json.WriteNumber("line", site.Line);
        }
        json.WriteEndObject();
    }

    private static void Profile(
        Utf8JsonWriter json, string name, IReadOnlyList<SiteModel> sites, Func<SiteModel, long> weight)
    {
        var shown = sites.Select((site, i) => (Frame: i, Weight: weight(site)))
            .Where(each => each.Weight > 0)
            .ToArray();
        json.WriteStartObject();
        json.WriteString("type", "sampled");
        json.WriteString("name", name);
        json.WriteString("unit", "bytes");
        json.WriteNumber("startValue", 0);
        json.WriteNumber("endValue", shown.Sum(each => each.Weight));
        json.WriteStartArray("samples");
        foreach (var each in shown)
        {
            json.WriteStartArray();
            json.WriteNumberValue(each.Frame);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteStartArray("weights");
        foreach (var each in shown)
            json.WriteNumberValue(each.Weight);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
