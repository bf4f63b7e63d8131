using System.Diagnostics.Metrics;

namespace Arena.Diagnostics;

/// <summary>The meter and its instruments, one set for the process, and the arenas that they measure.</summary>
/// <remarks>
/// Names, kinds and units follow the semantic conventions of OpenTelemetry: lower case with dots, no unit in the name,
/// UCUM units; a quantity with a limit is called usage; an UpDownCounter has no plural, and its namespace names the
/// things that it counts; no name is the namespace of another one. Sums over the attributes are meaningful; the numbers
/// of a trend, which cannot be added, are instruments of their own.
/// </remarks>
internal static class ArenaInstruments
{
    private const string HeapName = "arena.heap.name";
    private const string TagName = "arena.tag";
    private const string ErrorType = "error.type";

    private static readonly Lock Gate = new();
    private static readonly List<ArenaMetrics> Observed = [];
    private static readonly Meter Meter = new(ArenaMetrics.MeterName, version: "1.0.0");

    private static readonly Counter<long> Errors = Meter.CreateCounter<long>(
        "arena.errors", "{error}", "Bad frees, out of memory, and disposals with live allocations.");

    private static readonly Counter<long> BudgetViolations = Meter.CreateCounter<long>(
        "arena.budget.violations", "{violation}", "Allocations that a budget refused, or that exceeded one.");

    static ArenaInstruments()
    {
        Meter.CreateObservableUpDownCounter(
            "arena.memory.usage", UsageByTag, "By", "Bytes of live allocations.");
        UpDown("arena.memory.committed", "By", "Bytes with storage.", arena => (long)arena.Arena.CommittedBytes);
        UpDown("arena.memory.reserved", "By", "Bytes of addresses.", arena => (long)arena.Arena.ReservedBytes);
        UpDown("arena.memory.limit", "By", "The most bytes that may be used.", arena => arena.LimitBytes);
        Counter("arena.memory.allocated", "By", "Bytes of all allocations so far.", read => read.AllocatedBytes);
        Counter("arena.allocations", "{allocation}", "Allocations so far.", read => read.Allocations);
        Counter("arena.frees", "{free}", "Allocations freed so far.", read => read.Frees);
        UpDown("arena.allocation.count", "{allocation}", "Live allocations.", arena => arena.Reading().LiveCount);
        Meter.CreateObservableGauge(
            "arena.memory.largest_free", () => All(arena => (long?)arena.Reading().LargestFreeBytes), "By",
            "The largest block that can still be lent.");
        Meter.CreateObservableGauge(
            "arena.memory.fragmentation", () => All(arena => (double?)arena.Reading().Fragmentation), "1",
            "1 - largest free / free, of the arena's addresses.");
        Leak("arena.leak.slope", "By/s", "The least-squares slope.", trend => trend.SlopeBytesPerSecond);
        Leak("arena.leak.slope_lower", "By/s", "The lower end of its interval.",
            trend => trend.SlopeLowerBytesPerSecond);
        Leak("arena.leak.slope_upper", "By/s", "The upper end of its interval.",
            trend => trend.SlopeUpperBytesPerSecond);
        Leak("arena.leak.slope_detectable", "By/s", "The smallest leak that would have been found.",
            trend => trend.DetectableBytesPerSecond);
        Leak("arena.leak.time_to_limit", "s", "The earliest time to the limit, at the upper end of the slope.",
            trend => trend.TimeToLimit?.EarliestSeconds ?? double.PositiveInfinity);
    }

    /// <summary>Adds an arena under a name that no other has.</summary>
    public static ArenaMetrics Add(string name, Func<string, ArenaMetrics> make)
    {
        lock (Gate)
        {
            DropDisposed();
            string free = name;
            for (int number = 2; Observed.Exists(other => other.Name == free); number++)
                free = $"{name} #{number}";
            var metrics = make(free);
            if (Observed.Count == 0)
                ErrorListener.Begin();
            Observed.Add(metrics);
            return metrics;
        }
    }

    public static void Remove(ArenaMetrics metrics)
    {
        lock (Gate)
        {
            if (Observed.Remove(metrics) && Observed.Count == 0)
                ErrorListener.End();
        }
    }

    /// <summary>Returns whether this one, of all that observe its arena, writes the events.</summary>
    public static bool WritesEvents(ArenaMetrics metrics)
    {
        lock (Gate)
        {
            foreach (var other in Observed)
            {
                if (other.Arena == metrics.Arena)
                    return other == metrics;
            }
            return false;
        }
    }

    public static void CountError(string type) => Errors.Add(1, new KeyValuePair<string, object?>(ErrorType, type));

    public static void CountBudgetViolation(string? heap, string? tag)
    {
        if (heap is null)
            BudgetViolations.Add(1);
        else if (tag is null)
            BudgetViolations.Add(1, new KeyValuePair<string, object?>(HeapName, heap));
        else
            BudgetViolations.Add(1, new(HeapName, heap), new(TagName, tag));
    }

    private static void UpDown(string name, string unit, string description, Func<ArenaMetrics, long> value) =>
        Meter.CreateObservableUpDownCounter(name, () => All(arena => (long?)value(arena)), unit, description);

    private static void Counter(string name, string unit, string description, Func<ArenaReading, long> value) =>
        Meter.CreateObservableCounter(
            name, () => All(arena => arena.CountsAllocations ? value(arena.Reading()) : (long?)null), unit,
            description);

    private static void Leak(string name, string unit, string description, Func<TrendReport, double> value) =>
        Meter.CreateObservableGauge(
            name,
            () => All(arena => arena.Trend is { } trend && double.IsFinite(value(trend))
                ? value(trend) : (double?)null),
            unit, description);

    private static List<Measurement<T>> All<T>(Func<ArenaMetrics, T?> value)
        where T : struct
    {
        var measurements = new List<Measurement<T>>();
        foreach (var arena in Snapshot())
        {
            if (value(arena) is { } number)
                measurements.Add(new Measurement<T>(number, new KeyValuePair<string, object?>(HeapName, arena.Name)));
        }
        return measurements;
    }

    private static List<Measurement<long>> UsageByTag()
    {
        var measurements = new List<Measurement<long>>();
        foreach (var arena in Snapshot())
        {
            foreach ((string? tag, long bytes) in arena.UsageByTag())
            {
                var heap = new KeyValuePair<string, object?>(HeapName, arena.Name);
                measurements.Add(tag is null
                    ? new Measurement<long>(bytes, heap)
                    : new Measurement<long>(bytes, heap, new(TagName, tag)));
            }
        }
        return measurements;
    }

    // Callers measure them outside the lock of the registry, under their own locks.
    private static ArenaMetrics[] Snapshot()
    {
        lock (Gate)
        {
            DropDisposed();
            return [.. Observed];
        }
    }

    // An arena that is gone keeps neither its name nor its memory here, whether or not its observer was disposed.
    private static void DropDisposed()
    {
        if (Observed.RemoveAll(metrics => metrics.Arena.IsDisposed) > 0 && Observed.Count == 0)
            ErrorListener.End();
    }
}
