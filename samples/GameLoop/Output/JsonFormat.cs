using System.Text.Json;
using System.Text.Json.Serialization;
using GameLoop.Measurement;

namespace GameLoop.Output;

/// <summary>What the sample writes as JSON: by code generated at build, so that NativeAOT can publish it.</summary>
[JsonSerializable(typeof(MeasuredRun))]
[JsonSerializable(typeof(JsonReport))]
internal sealed partial class JsonFormat : JsonSerializerContext
{
    /// <summary>One line, between two processes of the sample.</summary>
    public static JsonFormat Line { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>Indented, for files.</summary>
    public static JsonFormat Page { get; } =
        new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true });
}
