using System.Text.Json;
using System.Text.Json.Serialization;

namespace GameLoop.Measurement;

/// <summary>
/// A run's measurements as JSON on one line, between two processes of the sample. The code that writes it is generated
/// at build, so that NativeAOT can publish it.
/// </summary>
[JsonSerializable(typeof(MeasuredRun))]
internal sealed partial class RunJson : JsonSerializerContext
{
    public static RunJson Line { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web));
}
