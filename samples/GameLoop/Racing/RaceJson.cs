using System.Text.Json;
using System.Text.Json.Serialization;
using GameLoop.Measurement;

namespace GameLoop.Racing;

/// <summary>
/// Writes how a world looks, and its totals, as JSON on one line between two processes of the sample. The code is
/// generated at build, so that NativeAOT can publish it.
/// </summary>
[JsonSerializable(typeof(WorldTotals))]
[JsonSerializable(typeof(WorldLook))]
internal sealed partial class RaceJson : JsonSerializerContext
{
    public static RaceJson Line { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web));
}
