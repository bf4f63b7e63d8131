using System.Text.Json;
using System.Text.Json.Serialization;
using GameLoop.Measurement;

namespace GameLoop.Racing;

/// <summary>
/// What a world looks like, and what it says at its end, as JSON on one line between two processes of the sample. The
/// code that writes it is generated at build, so that NativeAOT can publish it.
/// </summary>
[JsonSerializable(typeof(WorldTotals))]
[JsonSerializable(typeof(WorldLook))]
internal sealed partial class RaceJson : JsonSerializerContext
{
    public static RaceJson Line { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web));
}
