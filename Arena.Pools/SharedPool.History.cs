namespace Arena.Pools;

// The state that a history saves, besides the heap.
public sealed unsafe partial class SharedPool<T> : IKeepsState
{
    void IKeepsState.KeepState(StateStream state) => _countedSlots = state.Keep(_countedSlots);
}
