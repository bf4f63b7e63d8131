using System.Runtime.InteropServices;
using Arena.Diagnostics;

namespace Arena.Bench.Traces;

/// <summary>
/// A trace in the form that the replays in C# and C read: eight bytes an event, decoded before anything is measured.
/// <code>
/// bits 0-1: what to do | bits 2-31: place in the table of addresses | bits 32-63: bytes
/// </code>
/// An aligned allocation is followed by a word with its alignment. Places are used again once their allocation is
/// freed, the one freed last first, so that the table is as small as what is alive. Whatever is alive at the end is
/// freed there, so that another replay can follow.
/// </summary>
internal sealed class PackedTrace
{
    public const uint Allocate = 0;
    public const uint Free = 1;
    public const uint Reallocate = 2;
    public const uint AllocateAligned = 3;

    private const int PlaceShift = 2;
    private const int BytesShift = 32;
    private const nuint UsualAlignment = 16;

    private readonly List<ulong> _events = [];
    private readonly List<long> _tickEnds = [];

    private PackedTrace(string name, AllocationTrace trace)
    {
        Name = name;
        Program = trace.Program;
        PeakLiveBytes = trace.PeakLiveBytes;
    }

    /// <summary>The file's name, without its endings.</summary>
    public string Name { get; }

    public string Program { get; }

    public nuint PeakLiveBytes { get; }

    public nuint LargestBytes { get; private set; }

    public ReadOnlySpan<ulong> Events => CollectionsMarshal.AsSpan(_events);

    /// <summary>The end of each tick, in words.</summary>
    public ReadOnlySpan<long> TickEnds => CollectionsMarshal.AsSpan(_tickEnds);

    /// <summary>Allocations, reallocations and frees, including those at the end.</summary>
    public int OperationCount { get; private set; }

    /// <summary>Size of the table of addresses.</summary>
    public int PlaceCount { get; private set; }

    /// <summary>The word after the event that reached the peak.</summary>
    public int PeakEnd { get; private set; }

    /// <summary>The word after the last recorded event: the frees at the end follow.</summary>
    public int RecordedEnd { get; private set; }

    public static PackedTrace Pack(string path)
    {
        var trace = AllocationTrace.Read(path);
        if (trace.Problem is { } problem)
            Console.Error.WriteLine($"{path}: {problem}");
        var name = Path.GetFileName(path);
        var packed = new PackedTrace(name[..name.IndexOf('.', StringComparison.Ordinal)], trace);
        packed.Add(trace);
        return packed;
    }

    /// <summary>
    /// Writes the format that <c>peer_traces.c</c> reads: six numbers, the events, the ends of the ticks.
    /// </summary>
    public void Write(string path)
    {
        long[] header = [_events.Count, OperationCount, PlaceCount, _tickEnds.Count, PeakEnd, RecordedEnd];
        using var file = File.Create(path);
        file.Write(MemoryMarshal.AsBytes(header.AsSpan()));
        file.Write(MemoryMarshal.AsBytes(Events));
        file.Write(MemoryMarshal.AsBytes(TickEnds));
    }

    private void Add(AllocationTrace trace)
    {
        var placeOf = new int[trace.AllocationCount];
        var free = new Stack<int>();
        var index = 0;
        foreach (ref readonly var e in trace.Events)
        {
            switch (e.Kind)
            {
                case TraceEventKind.Allocate:
                    placeOf[e.Id] = free.TryPop(out var place) ? place : PlaceCount++;
                    AddAllocation(e, placeOf[e.Id]);
                    break;
                case TraceEventKind.Reallocate:
                    // A reallocation to 0 bytes is not a free in a trace, but would be one in C.
                    AddEvent(Reallocate, placeOf[e.Id], nuint.Max(e.ByteCount, 1));
                    break;
                case TraceEventKind.Free:
                    AddEvent(Free, placeOf[e.Id], 0);
                    free.Push(placeOf[e.Id]);
                    break;
                case TraceEventKind.Tick:
                    _tickEnds.Add(_events.Count);
                    break;
            }
            if (index++ == trace.PeakIndex)
                PeakEnd = _events.Count;
        }
        RecordedEnd = _events.Count;
        foreach (var place in Enumerable.Range(0, PlaceCount).Except(free))
            AddEvent(Free, place, 0);
    }

    private void AddAllocation(in TraceEvent e, int place)
    {
        if (e.Alignment <= UsualAlignment)
        {
            AddEvent(Allocate, place, e.ByteCount);
            return;
        }
        AddEvent(AllocateAligned, place, e.ByteCount);
        _events.Add(e.Alignment);
    }

    private void AddEvent(uint kind, int place, nuint byteCount)
    {
        if (byteCount > uint.MaxValue)
            throw new InvalidDataException($"{Name}: an allocation of {byteCount} bytes; 4 GiB is the most here.");
        _events.Add((ulong)byteCount << BytesShift | (uint)place << PlaceShift | kind);
        LargestBytes = nuint.Max(LargestBytes, byteCount);
        OperationCount++;
    }
}
