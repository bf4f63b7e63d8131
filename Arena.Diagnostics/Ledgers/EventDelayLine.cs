using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Arena.Diagnostics;

/// <summary>
/// The last few events, in order, before they enter the table of live allocations. The table of a large game is in no
/// cache; while an event waits here, the line that it will need is being fetched. An allocation that is freed at once
/// never needs one.
/// </summary>
internal sealed unsafe class EventDelayLine
{
    // Fetching a line from memory takes as long as about ten events.
    private const int Depth = 16;

    private readonly PendingEvent[] _pinned = GC.AllocateArray<PendingEvent>(Depth, pinned: true);
    private readonly PendingEvent* _events;
    private int _next;

    public EventDelayLine() => _events = (PendingEvent*)Unsafe.AsPointer(ref _pinned[0]);

    /// <summary>The newest event.</summary>
    public PendingEvent* Newest => _events + (unchecked(_next - 1) & (Depth - 1));

    /// <summary>Cancels the newest event.</summary>
    public void DropNewest()
    {
        Newest->Address = 0;
        _next = unchecked(_next - 1);
    }

    /// <summary>The place of the oldest event, to be recorded and overwritten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PendingEvent* NextPlace(void* neededSoon)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(neededSoon);
        var place = _events + (_next & (Depth - 1));
        _next = unchecked(_next + 1);
        return place;
    }

    /// <summary>Takes the oldest event out; false if none waits.</summary>
    public bool TryTake(out PendingEvent oldest)
    {
        for (var i = 0; i < Depth; i++)
        {
            var place = _events + (unchecked(_next + i) & (Depth - 1));
            if (place->Address == 0)
                continue;
            oldest = *place;
            place->Address = 0;
            return true;
        }
        oldest = default;
        return false;
    }
}
