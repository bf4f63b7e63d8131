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
        if (state.IsRestoring)
            Rebase();
    }

    void IValueStore.GuardChanged() => Rebase();

    void IValueStore.Walk(IMemoryVisitor visitor)
    {
        for (var i = 0; i < _count; i++)
            visitor.Live((nuint)(_first + i), (nuint)sizeof(T));
    }

    void IValueStore.WalkPart(IMemoryVisitor visitor, nuint from, nuint end)
    {
        var start = (nuint)_first;
        if (from < start || from >= (nuint)(_first + _count))
            return;
        var last = (int)nuint.Min((nuint)_count, (end - start - 1) / (nuint)sizeof(T) + 1);
        for (var i = (int)((from - start) / (nuint)sizeof(T)); i < last; i++)
            visitor.Live((nuint)(_first + i), (nuint)sizeof(T));
    }

    void IValueStore.GiveOutlines(ILiveOutlines outlines)
    {
        var end = (nuint)(_first + _count);
        for (var page = (nuint)_first; page < (nuint)(_first + Room); page += outlines.PageBytes)
            outlines.Set((void*)page, page < end ? nuint.Min(end - page, outlines.PageBytes) : 0);
        // No values, where there may have been some.
        var handles = (nuint)_handles.First;
        for (var at = handles; at < (nuint)(_handles.First + _handles.Capacity); at += outlines.PageBytes)
            outlines.Set((void*)at, 0);
    }
}
