using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Arena.Diagnostics;

/// <summary>
/// Sees the library's own exceptions as they are thrown, caught or not, while an arena is observed. It costs nothing
/// until one is thrown.
/// </summary>
internal static class ErrorListener
{
    private const string LeakType = "leak";

    // The runtime raises the event again for an exception that is rethrown.
    private static readonly ConditionalWeakTable<Exception, object?> Seen = [];

    // An arena that is observed twice raises each leak twice.
    private static readonly ConditionalWeakTable<LeakNotice, object?> SeenLeaks = [];

    public static void Begin() => AppDomain.CurrentDomain.FirstChanceException += Thrown;

    public static void End() => AppDomain.CurrentDomain.FirstChanceException -= Thrown;

    /// <summary>Reports that an allocator or arena was disposed with live allocations.</summary>
    public static void LeftAlive(LeakNotice leak)
    {
        if (!SeenLeaks.TryAdd(leak, null))
            return;
        ArenaInstruments.CountError(LeakType);
        if (ArenaEventSource.Log.NotifiesLeaks)
        {
            ArenaEventSource.Log.LeftAlive(
                leak.ArenaName, leak.AllocatorName, leak.LiveCount, (long)leak.LiveBytes, leak.LinesText);
        }
    }

    private static void Thrown(object? sender, FirstChanceExceptionEventArgs e)
    {
        if (e.Exception is not (InvalidFreeException or ArenaOutOfMemoryException) || !Seen.TryAdd(e.Exception, null))
            return;
        string type = e.Exception.GetType().FullName!;
        ArenaInstruments.CountError(type);
        if (e.Exception is ArenaOutOfMemoryException { IsOfBudget: true })
            ArenaInstruments.CountBudgetViolation(null, null);
        if (ArenaEventSource.Log.NotifiesErrors)
            ArenaEventSource.Log.ErrorThrown(type, e.Exception.Message);
    }
}
