using System.IO.Compression;

namespace Arena.Diagnostics;

/// <summary>
/// A recorded run of a program's allocations: sizes, order, threads and frames. Read from a file in the format
/// arena-trace v1, plain or gzip, which <see cref="AllocationTraceRecorder"/> writes.
/// </summary>
public sealed class AllocationTrace
{
    private readonly TraceEvent[] _events;

    internal AllocationTrace(TraceEvent[] events, string program, TraceSums sums)
    {
        _events = events;
        Program = program;
        AllocationCount = sums.AllocationCount;
        TickCount = sums.TickCount;
        ThreadCount = sums.ThreadCount;
        PeakLiveBytes = sums.PeakLiveBytes;
        PeakLiveCount = sums.PeakLiveCount;
        PeakIndex = sums.PeakIndex;
    }

    /// <summary>The program that was recorded, as the trace names it.</summary>
    public string Program { get; }

    /// <summary>Every line, ticks included.</summary>
    public ReadOnlySpan<TraceEvent> Events => _events;

    /// <summary>Allocations made; every <see cref="TraceEvent.Id"/> is below it.</summary>
    public int AllocationCount { get; }

    /// <summary>Frames that ended.</summary>
    public int TickCount { get; }

    /// <summary>Threads that called.</summary>
    public int ThreadCount { get; }

    /// <summary>The most bytes that were alive at a time, as the trace counts them.</summary>
    public nuint PeakLiveBytes { get; }

    /// <summary>The most allocations that were alive at a time.</summary>
    public int PeakLiveCount { get; }

    /// <summary>The event that reached <see cref="PeakLiveBytes"/> first; -1 if nothing was alive.</summary>
    public int PeakIndex { get; }

    /// <summary>Reads a trace.</summary>
    /// <param name="path">A file, plain or gzip.</param>
    /// <exception cref="InvalidDataException">It is no trace; the message names the line and what is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AllocationTrace Read(string path)
    {
        using var file = File.OpenRead(path);
        return Read(file, path);
    }

    /// <summary>Reads a trace.</summary>
    /// <param name="stream">Plain or gzip; must be able to seek.</param>
    /// <param name="name">Named in errors.</param>
    /// <exception cref="InvalidDataException">It is no trace; the message names the line and what is wrong.</exception>
    public static AllocationTrace Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        var start = stream.Position;
        var isGzip = stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
        stream.Position = start;
        using var text = new MemoryStream();
        if (isGzip)
        {
            using var unzip = new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true);
            unzip.CopyTo(text);
        }
        else
        {
            stream.CopyTo(text);
        }
        return new TraceParser(name).Parse(text.GetBuffer().AsSpan(0, (int)text.Length));
    }
}
