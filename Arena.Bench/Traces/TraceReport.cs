using System.Text.Json;
using Arena.Bench.Quick;

namespace Arena.Bench.Traces;

/// <summary>The results of <c>--traces</c>; the file that <c>--json</c> writes.</summary>
internal sealed record TraceReport(string Machine, string System, string Runtime, List<TraceReport.Row> Traces)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public void Write(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, Options) + "\n");

    /// <summary>One trace.</summary>
    /// <param name="Name">Its file.</param>
    /// <param name="Program">The recorded program.</param>
    /// <param name="Operations">Allocations, reallocations and frees of one replay.</param>
    /// <param name="PeakLiveBytes">The most bytes alive at a time, as requested.</param>
    /// <param name="TickCount">Frames of 16.67 ms.</param>
    /// <param name="Speed">Nanoseconds an operation, and the ratio to mimalloc.</param>
    /// <param name="Memory">Bytes of a replay that writes every block.</param>
    /// <param name="Ticks">Time in the allocator by tick; empty where the trace has fewer than three.</param>
    internal sealed record Row(
        string Name, string Program, int Operations, ulong PeakLiveBytes, int TickCount,
        Report.Question Speed, List<Footprint> Memory, List<Pause> Ticks);

    /// <summary>Most bytes that became resident; for Arena also the most that the arena had committed.</summary>
    internal sealed record Footprint(string Contestant, ulong ResidentBytes, ulong? CommittedBytes);

    /// <summary>Microseconds in the allocator: the worst tick, and the one that 99.9 % do not exceed.</summary>
    internal sealed record Pause(string Contestant, double Largest, double P999);
}
