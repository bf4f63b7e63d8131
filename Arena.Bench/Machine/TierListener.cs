using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Tracing;

namespace Arena.Bench.Machine;

/// <summary>
/// Follows the JIT: a loop is warm when its final code (Tier-1, no on-stack replacement) exists, and its callees when
/// nothing of the library was compiled for a while. The time depends on how busy the machine is, so no
/// fixed warm-up would do.
/// </summary>
internal sealed class TierListener : EventListener
{
    private const string OwnNamespace = "Arena.";
    private const string LoopNamespace = "Arena.Bench.";
    private const EventKeywords JitKeyword = (EventKeywords)0x10;
    private const ulong FinalTier = 4; // "optimized at tier 1" in the tier bits of MethodFlags

    private static readonly string[] Loops = ["Run", "Fill", "Empty", "Walk"];

    // Static, because the base class's constructor already reports the source.
    private static readonly ConcurrentDictionary<ulong, string> Pending = new();
    private static readonly ConcurrentDictionary<string, bool> Final = new();

    private static long lastCompiled;

    /// <summary>The time since anything of the library or the benchmarks was compiled, at whatever tier.</summary>
    public static TimeSpan Quiet => Stopwatch.GetElapsedTime(Volatile.Read(ref lastCompiled));

    /// <summary>Returns whether the loop itself, and every loop method that it calls, is known to be final.</summary>
    /// <remarks>Events come late: until the first one, nothing is final.</remarks>
    public static bool IsFinal(Type loop) =>
        Final.ContainsKey(loop.ToString()) && !Pending.Values.Contains(loop.ToString());

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
            EnableEvents(eventSource, EventLevel.Verbose, JitKeyword);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) != true
            || Field(eventData, "MethodNamespace") is not string type
            || Field(eventData, "MethodName") is not string method)
        {
            return;
        }
        if (type.StartsWith(OwnNamespace, StringComparison.Ordinal))
            Volatile.Write(ref lastCompiled, Stopwatch.GetTimestamp());
        if (!type.StartsWith(LoopNamespace, StringComparison.Ordinal) || !Loops.Contains(method))
            return;
        var id = (ulong)Field(eventData, "MethodID")!;
        var tier = ((uint)Field(eventData, "MethodFlags")! >> 7) & 7;
        if (tier != FinalTier)
        {
            Pending[id] = type;
            return;
        }
        Pending.TryRemove(id, out _);
        if (method == "Run")
            Final[type] = true;
    }

    private static object? Field(EventWrittenEventArgs eventData, string name) =>
        eventData.PayloadNames!.IndexOf(name) is var i and >= 0 ? eventData.Payload![i] : null;
}
