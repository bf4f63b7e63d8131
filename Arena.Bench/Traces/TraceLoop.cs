using System.Runtime.InteropServices;
using Arena.Bench.Machine;
using Arena.Bench.Workloads;

namespace Arena.Bench.Traces;

/// <summary>
/// Replays a recorded trace from its first event to its last, then frees what is alive; nothing is touched.
/// <c>peer_traces.c</c> is the same loop in C, branch for branch.
/// </summary>
internal sealed unsafe class TraceLoop<TMemory> : Workload
    where TMemory : struct, ITraceMemory
{
    private readonly TMemory _memory;
    private readonly ulong* _events;
    private readonly ulong* _end;
    private readonly void** _places;
    private readonly long[] _tickEnds;

    public TraceLoop(TMemory memory, PackedTrace trace)
    {
        _memory = memory;
        Granule = trace.OperationCount;
        _events = (ulong*)NativeMemory.Alloc((nuint)trace.Events.Length, sizeof(ulong));
        trace.Events.CopyTo(new Span<ulong>(_events, trace.Events.Length));
        _end = _events + trace.Events.Length;
        _places = (void**)NativeMemory.AllocZeroed((nuint)trace.PlaceCount + 1, (nuint)sizeof(void*));
        _tickEnds = trace.TickEnds.ToArray();
    }

    public override int Granule { get; }

    public override ulong Run(long operations)
    {
        for (var replays = operations / Granule; replays > 0; replays--)
            Walk(_memory, _events, _end, _places);
        return (ulong)*_places;
    }

    /// <summary>Runs one replay to warm up, then one that is timed by ticks, in nanoseconds of this thread.</summary>
    /// <remarks>
    /// The first tick holds what was alive when recording began; what follows the last one is not a tick.
    /// </remarks>
    public void Ticks(Span<double> times)
    {
        Walk(_memory, _events, _end, _places);
        Walk(_memory, _events, _events + _tickEnds[0], _places);
        var from = Clock.Nanoseconds(1);
        for (var i = 1; i < _tickEnds.Length; i++)
        {
            Walk(_memory, _events + _tickEnds[i - 1], _events + _tickEnds[i], _places);
            var to = Clock.Nanoseconds(1);
            times[i - 1] = to - from;
            from = to;
        }
        Walk(_memory, _events + _tickEnds[^1], _end, _places);
    }

    protected override void End()
    {
        NativeMemory.Free(_events);
        NativeMemory.Free(_places);
    }

    private static void Walk(TMemory memory, ulong* next, ulong* end, void** places)
    {
        for (; next < end; next++)
        {
            var packed = *next;
            var place = places + ((uint)packed >> 2);
            var byteCount = (nuint)(packed >> 32);
            var kind = (uint)packed & 3;
            if (kind == PackedTrace.Allocate)
                *place = memory.Allocate(byteCount);
            else if (kind == PackedTrace.Free)
                memory.Free(*place);
            else if (kind == PackedTrace.Reallocate)
                *place = memory.Reallocate(*place, byteCount);
            else
                *place = memory.AllocateAligned(byteCount, (nuint)(*++next));
        }
    }
}
