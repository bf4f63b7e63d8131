using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Tracing;

namespace Arena.Diagnostics;

/// <summary>
/// The event source <c>Arena-Diagnostics</c>, which reports events of the arenas that <see cref="ArenaMetrics"/>
/// observe to dotnet-trace, PerfView or an EventListener. It costs nothing while no session listens.
/// </summary>
/// <remarks>
/// Allocations and frees are reported while their keyword is on, from the next <see cref="ArenaMetrics.Update"/> after
/// a session began: only there may an observer attach to a running allocator. Writing an event makes no garbage.
/// </remarks>
/// <example>
/// <code>
/// Console.WriteLine(ArenaEventSource.Log.Name);       // for dotnet-trace collect --providers
/// </code>
/// </example>
[EventSource(Name = SourceName)]
public sealed unsafe class ArenaEventSource : EventSource
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "Arena-Diagnostics";

    private const string PrimitivesOnly = "Strings and numbers only, which need no reflection.";

    private ArenaEventSource()
    {
    }

    /// <summary>The one source of the process.</summary>
    public static ArenaEventSource Log { get; } = new();

    internal bool NotifiesAllocations => IsEnabled(EventLevel.Verbose, Keywords.Alloc);

    internal bool NotifiesFrees => IsEnabled(EventLevel.Verbose, Keywords.Free);

    internal bool NotifiesSnapshots => IsEnabled(EventLevel.Informational, Keywords.Snapshot);

    internal bool NotifiesLeaks => IsEnabled(EventLevel.Warning, Keywords.Leak);

    internal bool NotifiesErrors => IsEnabled(EventLevel.Error, Keywords.Error);

    /// <summary>An allocation was made.</summary>
    [Event(1, Level = EventLevel.Verbose, Keywords = Keywords.Alloc)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = PrimitivesOnly)]
    internal void Allocated(
        string heap, string allocator, ulong address, ulong byteCount, string file, int line, string member)
    {
        fixed (char* heapText = heap, allocatorText = allocator, fileText = file, memberText = member)
        {
            var data = stackalloc EventData[7];
            data[0] = Text(heapText, heap);
            data[1] = Text(allocatorText, allocator);
            data[2] = Number(&address);
            data[3] = Number(&byteCount);
            data[4] = Text(fileText, file);
            data[5] = Number(&line);
            data[6] = Text(memberText, member);
            WriteEventCore(1, 7, data);
        }
    }

    /// <summary>An allocation was freed.</summary>
    [Event(2, Level = EventLevel.Verbose, Keywords = Keywords.Free)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = PrimitivesOnly)]
    internal void Freed(string heap, string allocator, ulong address)
    {
        fixed (char* heapText = heap, allocatorText = allocator)
        {
            var data = stackalloc EventData[3];
            data[0] = Text(heapText, heap);
            data[1] = Text(allocatorText, allocator);
            data[2] = Number(&address);
            WriteEventCore(2, 3, data);
        }
    }

    /// <summary>Everything in an allocator died at once.</summary>
    [Event(3, Level = EventLevel.Verbose, Keywords = Keywords.Free)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = PrimitivesOnly)]
    internal void Cleared(string heap, string allocator)
    {
        fixed (char* heapText = heap, allocatorText = allocator)
        {
            var data = stackalloc EventData[2];
            data[0] = Text(heapText, heap);
            data[1] = Text(allocatorText, allocator);
            WriteEventCore(3, 2, data);
        }
    }

    /// <summary>The numbers of an arena at a quiet point.</summary>
    [Event(4, Level = EventLevel.Informational, Keywords = Keywords.Snapshot)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = PrimitivesOnly)]
    internal void Snapshot(
        string heap, long liveCount, long usedBytes, long committedBytes, long reservedBytes, long largestFreeBytes)
    {
        fixed (char* heapText = heap)
        {
            var data = stackalloc EventData[6];
            data[0] = Text(heapText, heap);
            data[1] = Number(&liveCount);
            data[2] = Number(&usedBytes);
            data[3] = Number(&committedBytes);
            data[4] = Number(&reservedBytes);
            data[5] = Number(&largestFreeBytes);
            WriteEventCore(4, 6, data);
        }
    }

    /// <summary>A trend was judged to leak.</summary>
    [Event(5, Level = EventLevel.Warning, Keywords = Keywords.Leak)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = PrimitivesOnly)]
    internal void LeakTrendFound(
        string heap, string verdict, double slopeBytesPerSecond, double lowerBytesPerSecond, double upperBytesPerSecond)
    {
        fixed (char* heapText = heap, verdictText = verdict)
        {
            var data = stackalloc EventData[5];
            data[0] = Text(heapText, heap);
            data[1] = Text(verdictText, verdict);
            data[2] = Number(&slopeBytesPerSecond);
            data[3] = Number(&lowerBytesPerSecond);
            data[4] = Number(&upperBytesPerSecond);
            WriteEventCore(5, 5, data);
        }
    }

    /// <summary>An allocator or arena was disposed with live allocations.</summary>
    [Event(6, Level = EventLevel.Warning, Keywords = Keywords.Leak, Version = 1)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = PrimitivesOnly)]
    internal void LeftAlive(string heap, string allocator, long liveCount, long liveBytes, string lines)
    {
        fixed (char* heapText = heap, allocatorText = allocator, linesText = lines)
        {
            var data = stackalloc EventData[5];
            data[0] = Text(heapText, heap);
            data[1] = Text(allocatorText, allocator);
            data[2] = Number(&liveCount);
            data[3] = Number(&liveBytes);
            data[4] = Text(linesText, lines);
            WriteEventCore(6, 5, data);
        }
    }

    /// <summary>A bad free, or out of memory, was thrown.</summary>
    [Event(7, Level = EventLevel.Error, Keywords = Keywords.Error)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = PrimitivesOnly)]
    internal void ErrorThrown(string errorType, string message)
    {
        fixed (char* typeText = errorType, messageText = message)
        {
            var data = stackalloc EventData[2];
            data[0] = Text(typeText, errorType);
            data[1] = Text(messageText, message);
            WriteEventCore(7, 2, data);
        }
    }

    private static EventData Text(char* characters, string text) => new()
    {
        DataPointer = (nint)characters,
        Size = (text.Length + 1) * sizeof(char),
    };

    private static EventData Number<T>(T* number)
        where T : unmanaged => new()
        {
            DataPointer = (nint)number,
            Size = sizeof(T),
        };

    /// <summary>The keywords that a session may enable.</summary>
    public static class Keywords
    {
        /// <summary>Allocations, with the line of source.</summary>
        public const EventKeywords Alloc = (EventKeywords)1;

        /// <summary>Frees.</summary>
        public const EventKeywords Free = (EventKeywords)2;

        /// <summary>The numbers of an arena at quiet points.</summary>
        public const EventKeywords Snapshot = (EventKeywords)4;

        /// <summary>Trends that leak, and allocations that were alive when their allocator was disposed.</summary>
        public const EventKeywords Leak = (EventKeywords)8;

        /// <summary>Bad frees and out of memory.</summary>
        public const EventKeywords Error = (EventKeywords)16;
    }
}
