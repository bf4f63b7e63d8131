using System.Text.Json;
using System.Text.Json.Serialization;

namespace GameLoop.Output;

/// <summary>The sample's JSON, written by code generated at build, so that NativeAOT can publish it.</summary>
[JsonSerializable(typeof(JsonReport))]
internal sealed partial class JsonFormat : JsonSerializerContext
{
    /// <summary>The indented format, for files.</summary>
    public static JsonFormat Page { get; } =
        new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true });
}
