using System.Text.Json;
using System.Text.Json.Serialization;
using Arena.Report.Model;

namespace Arena.Report.Formats;

/// <summary>The model as JSON: the report for programs.</summary>
internal static class JsonFormat
{
    public static byte[] Of(ReportModel model) =>
        JsonSerializer.SerializeToUtf8Bytes(model, ReportJson.Default.ReportModel);

    public static byte[] Of(DiffModel diff) => JsonSerializer.SerializeToUtf8Bytes(diff, ReportJson.Default.DiffModel);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(ReportModel))]
[JsonSerializable(typeof(DiffModel))]
internal sealed partial class ReportJson : JsonSerializerContext;
