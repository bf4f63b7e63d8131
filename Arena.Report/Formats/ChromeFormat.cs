using System.Text.Json;
using Arena.Diagnostics;
using Arena.Report.Model;

namespace Arena.Report.Formats;

/// <summary>
/// Writes counters, frames and events in the trace format of Chrome, which Perfetto reads, so that memory is shown
/// beside other traces. Times are in microseconds.
/// </summary>
internal static class ChromeFormat
{
    private const int Process = 1, FrameThread = 1;
    private const int MostSites = 20;

    public static byte[] Of(ReportModel model)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("displayTimeUnit", "ms");
            json.WriteStartArray("traceEvents");
            Name(json, "process_name", model.Source.Facts.GetValueOrDefault("process") ?? model.Source.File);
            Name(json, "thread_name", "frames");
            Counters(json, model.Series);
            Sites(json, model);
            Frames(json, model.Frames);
            foreach (var each in model.Events)
                Instant(json, each);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static void Name(Utf8JsonWriter json, string what, string name)
    {
        Begin(json, what, "M", seconds: null);
        json.WriteNumber("tid", FrameThread);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Counters(Utf8JsonWriter json, SeriesModel series)
    {
        for (var i = 0; i < series.Seconds.Count; i++)
        {
            Counter(json, "live bytes", series.Seconds[i], "live", series.LiveBytes[i]);
            Counter(json, "committed bytes", series.Seconds[i], "committed", series.CommittedBytes[i]);
        }
    }

    // Writes the sites, at the times of the values of their sparklines.
    private static void Sites(Utf8JsonWriter json, ReportModel model)
    {
        var sites = model.Sites.Where(site => site.Spark.Count > 1).Take(MostSites).ToArray();
        // Counters of one name are one counter.
        foreach (var (site, name) in sites.Zip(SiteNames.Of(sites)))
        {
            var step = (model.Trend.EndSeconds - model.Trend.StartSeconds) / (site.Spark.Count - 1);
            for (var i = 0; i < site.Spark.Count; i++)
                Counter(json, name, model.Trend.StartSeconds + i * step, "bytes", site.Spark[i]);
        }
    }

    private static void Frames(Utf8JsonWriter json, FramesModel? frames)
    {
        foreach (var bar in frames?.Bars ?? [])
        {
            var many = bar.Frames == 1 ? "" : $" to {bar.FirstFrame + bar.Frames - 1}";
            Begin(json, $"frame {bar.FirstFrame}{many}", "X", bar.Seconds);
            json.WriteNumber("dur", Microseconds(bar.MeanSeconds * bar.Frames));
            json.WriteNumber("tid", FrameThread);
            json.WriteStartObject("args");
            json.WriteNumber("allocations", bar.Allocations);
            json.WriteNumber("longest ms", bar.LongestSeconds * 1_000);
            json.WriteNumber("peak bytes", bar.PeakBytes);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    private static void Counter(Utf8JsonWriter json, string name, double seconds, string series, double value)
    {
        Begin(json, name, "C", seconds);
        json.WriteStartObject("args");
        json.WriteNumber(series, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Instant(Utf8JsonWriter json, EventModel each)
    {
        Begin(json, each.Kind == CaptureEventKind.Mark ? each.Text : each.Kind.ToString(), "i", each.Seconds);
        json.WriteNumber("tid", FrameThread);
        json.WriteString("s", "p");
        json.WriteStartObject("args");
        json.WriteString("text", each.Text);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, string name, string phase, double? seconds)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("ph", phase);
        json.WriteNumber("pid", Process);
        if (seconds is { } at)
            json.WriteNumber("ts", Microseconds(at));
    }

    private static double Microseconds(double seconds) => Math.Round(seconds * 1e6, 3);
}
