namespace Arena.Pools;

// The state that a history saves, besides the map of places.
public sealed unsafe partial class DenseHandleMap<T> : IValueStore
{
    void IKeepsState.KeepState(StateStream state)
    {
        _values = state.Keep(_values);
        _handles = state.Keep(_handles);
        _first = (T*)state.Keep((nuint)_first);
        _count = state.Keep(_count);
        _capacity = state.Keep(_capacity);
    }

    void IValueStore.Walk(IMemoryVisitor visitor)
    {
        for (var i = 0; i < _count; i++)
            visitor.Live((nuint)(_first + i), (nuint)sizeof(T));
    }
}
