using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Arena.Diagnostics;

/// <summary>
/// The last few events, in order, before they enter the table of what is alive. The table of a large game is in no
/// cache; while an event waits here, the line that it will need is on its way. And what is freed right after it was
/// allocated never needs one.
/// </summary>
internal sealed unsafe class EventPipe
{
    // A line from memory takes as long as ten events or so.
    private const int Depth = 16;

    private readonly PendingEvent[] _pinned = GC.AllocateArray<PendingEvent>(Depth, pinned: true);
    private readonly PendingEvent* _events;
    private int _next;

    public EventPipe() => _events = (PendingEvent*)Unsafe.AsPointer(ref _pinned[0]);

    /// <summary>The event that waits for the shortest time.</summary>
    public PendingEvent* Newest => _events + (unchecked(_next - 1) & (Depth - 1));

    /// <summary>It never happened.</summary>
    public void DropNewest()
    {
        Newest->Address = 0;
        _next = unchecked(_next - 1);
    }

    /// <summary>The place of the event that waits for the longest time, to be settled and overwritten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PendingEvent* NextPlace(void* neededSoon)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(neededSoon);
        var place = _events + (_next & (Depth - 1));
        _next = unchecked(_next + 1);
        return place;
    }

    /// <summary>The event that waits for the longest time, taken out; false where none waits.</summary>
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
