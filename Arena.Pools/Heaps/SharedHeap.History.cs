namespace Arena.Pools;

// The state that a history saves at a quiet point: no other thread is inside.
public sealed unsafe partial class SharedHeap
{
    /// <summary>The pool whose slots lie here, and what it keeps; null for none.</summary>
    internal IKeepsState? Pool { get; set; }

    /// <summary>Describes the slots of that pool.</summary>
    internal string SlotShape { get; set; } = "";

    internal override string? WhyNoHistory => null;

    internal override string Shape => SlotShape;

    internal override void KeepState(StateStream state)
    {
        var isClosed = state.Keep(_number == ThreadSlot.None);
        _blocks!.KeepState(state);
        Pool?.KeepState(state);
        if (!state.IsRestoring)
            return;
        // Threads that remember that it was closed look again.
        if (isClosed != (_number == ThreadSlot.None))
            _number = isClosed ? ThreadSlot.None : ThreadSlot.NextNumber();
        ObserversChanged();
    }

    internal override void GiveOutlines(ILiveOutlines outlines) => _blocks!.GiveOutlines(outlines);

    internal override void WalkPart(IMemoryVisitor visitor, nuint from, nuint end) =>
        _blocks!.WalkPart(visitor, from, end);
}
