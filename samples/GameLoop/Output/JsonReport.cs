using System.Text.Json;
using GameLoop.Measurement;

namespace GameLoop.Output;

/// <summary>The result as JSON, for programs.</summary>
internal sealed record JsonReport(IEnumerable<BackendRun> Runs)
{
    public static byte[] Of(IEnumerable<BackendRun> runs) =>
        JsonSerializer.SerializeToUtf8Bytes(new JsonReport(runs), JsonFormat.Page.JsonReport);
}
