namespace Arena.Pools;

// The state that a history saves, besides the pool.
public sealed unsafe partial class HandleMap<T>
{
    /// <summary>The store of the values if the slots only lead to them; null if the values lie in the slots.</summary>
    internal IValueStore? Values { get; private set; }

    nuint ISlabListener.LiveOffset => Values is null ? OffsetOfValue : 0;

    private static nuint OffsetOfValue
    {
        get
        {
            var slot = default(HandleSlot<T>);
            return (nuint)((byte*)&slot.Value - (byte*)&slot);
        }
    }

    void IKeepsState.KeepState(StateStream state)
    {
        _owner = state.Keep(_owner);
        _firstIndex = state.Keep(_firstIndex);
        _readyCount = state.Keep(_readyCount);
        _firstSlot = (byte*)state.Keep((nuint)_firstSlot);
        _retiredCount = state.Keep(_retiredCount);
        Values?.KeepState(state);
    }

    void ISlabListener.WalkElsewhere(IMemoryVisitor visitor) => Values?.Walk(visitor);

    void ISlabListener.WalkElsewhere(IMemoryVisitor visitor, nuint from, nuint end) =>
        Values?.WalkPart(visitor, from, end);

    void ISlabListener.GiveOutlines(ILiveOutlines outlines) => Values?.GiveOutlines(outlines);
}
