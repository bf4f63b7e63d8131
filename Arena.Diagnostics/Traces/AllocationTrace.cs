using System.IO.Compression;

namespace Arena.Diagnostics;

/// <summary>
/// A recorded run of a program's allocations: sizes, order, threads and frames. It is read from a file in the format
/// arena-trace v1, plain or gzip, which <see cref="AllocationTraceRecorder"/> writes.
/// </summary>
/// <example>
/// <code>
/// var trace = AllocationTrace.Read("game.trace.gz");
/// Console.WriteLine($"{trace.AllocationCount} allocations, {trace.PeakLiveBytes} bytes at most");
/// </code>
/// </example>
public sealed class AllocationTrace
{
    /// <summary>The default limit of events recorded, and read: a file of about 1 GB, 4 GB when it is read.</summary>
    public const long DefaultMaximumEvents = 1 << 28;

    private readonly ReadOnlyMemory<TraceEvent> _events;

    internal AllocationTrace(ReadOnlyMemory<TraceEvent> events, string program, TraceSums sums, string? problem)
    {
        _events = events;
        Program = program;
        Problem = problem;
        AllocationCount = sums.AllocationCount;
        TickCount = sums.TickCount;
        ThreadCount = sums.ThreadCount;
        PeakLiveBytes = sums.PeakLiveBytes;
        PeakLiveCount = sums.PeakLiveCount;
        PeakIndex = sums.PeakIndex;
    }

    /// <summary>The recorded program, as the trace names it.</summary>
    public string Program { get; }

    /// <summary>
    /// Null if the trace is complete; otherwise one line that says where it ends and why: its process died, it is cut
    /// off, it has more events than the limit. All lines before that were read.
    /// </summary>
    public string? Problem { get; }

    /// <summary>All lines, including ticks.</summary>
    public ReadOnlySpan<TraceEvent> Events => _events.Span;

    /// <summary>The number of allocations; every <see cref="TraceEvent.Id"/> is below it.</summary>
    public int AllocationCount { get; }

    /// <summary>The number of frames that ended.</summary>
    public int TickCount { get; }

    /// <summary>The number of threads that called.</summary>
    public int ThreadCount { get; }

    /// <summary>The peak of the live bytes, as the trace counts them.</summary>
    public nuint PeakLiveBytes { get; }

    /// <summary>The peak of the number of live allocations.</summary>
    public int PeakLiveCount { get; }

    /// <summary>The event that reached <see cref="PeakLiveBytes"/> first; -1 if nothing was alive.</summary>
    public int PeakIndex { get; }

    /// <summary>Reads a trace, or the written part of one whose process died.</summary>
    /// <remarks>
    /// The text may be of any length; 16 bytes are kept for each line, and 8 for each allocation.
    /// </remarks>
    /// <param name="path">A file, plain or gzip.</param>
    /// <param name="maximumEvents">The most lines of events to read; see <see cref="Problem"/>.</param>
    /// <exception cref="InvalidDataException">
    /// The text is not a trace; the message names the line and the error.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AllocationTrace Read(string path, long maximumEvents = DefaultMaximumEvents)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Read(file, path, maximumEvents);
    }

    /// <summary>Reads a trace, or the written part of one whose process died.</summary>
    /// <param name="stream">The text, plain or gzip. The stream must be able to seek.</param>
    /// <param name="name">The name in errors.</param>
    /// <param name="maximumEvents">The most lines of events to read; see <see cref="Problem"/>.</param>
    /// <exception cref="InvalidDataException">
    /// The text is not a trace; the message names the line and the error.
    /// </exception>
    public static AllocationTrace Read(Stream stream, string name, long maximumEvents = DefaultMaximumEvents)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumEvents);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maximumEvents, Array.MaxLength);
        var start = stream.Position;
        var isPacked = stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
        stream.Position = start;
        var parser = new TraceParser(name, maximumEvents);
        if (!isPacked)
            return parser.Parse(new TraceText(stream, mayEndEarly: false), isPacked);
        using var unzip = new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true);
        return parser.Parse(new TraceText(unzip, mayEndEarly: true), isPacked);
    }
}
