namespace Arena.Diagnostics;

/// <summary>One line of an allocation trace, in 16 bytes.</summary>
/// <example>
/// <code>
/// foreach (ref readonly TraceEvent each in trace.Events)
///     Console.WriteLine($"{each.Kind} {each.Id}, {each.ByteCount} bytes");
/// </code>
/// </example>
public readonly record struct TraceEvent
{
    // In this order the fields fill 16 bytes.
    private readonly TraceEventKind _kind;
    private readonly byte _alignmentShift;
    private readonly ushort _thread;
    private readonly int _id;

    internal TraceEvent(TraceEventKind kind, int id, nuint byteCount, nuint alignment, int thread)
    {
        _kind = kind;
        _id = id;
        ByteCount = byteCount;
        _alignmentShift = (byte)nuint.TrailingZeroCount(alignment);
        _thread = (ushort)thread;
    }

    /// <summary>The kind of event.</summary>
    public TraceEventKind Kind => _kind;

    /// <summary>The allocation, counted from 0 in the order of allocation.</summary>
    public int Id => _id;

    /// <summary>The size of the allocation from now on; 0 for a free and for a tick.</summary>
    public nuint ByteCount { get; }

    /// <summary>The requested alignment: 16, or more.</summary>
    public nuint Alignment => (nuint)1 << _alignmentShift;

    /// <summary>The thread that called, counted from 0 in the order of first calls.</summary>
    public int Thread => _thread;
}
