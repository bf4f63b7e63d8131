using System.Text.Json;
using GameLoop.Measurement;

namespace GameLoop.Output;

/// <summary>The result for programs.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static byte[] Of(IEnumerable<BackendRun> runs) => JsonSerializer.SerializeToUtf8Bytes(new { runs }, Format);
}
