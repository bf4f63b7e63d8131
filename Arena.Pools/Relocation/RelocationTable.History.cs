namespace Arena.Pools;

// The state that a history saves. Groups and entries lie in the arena.
internal sealed unsafe partial class RelocationTable
{
    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        _firstGeneration = state.Keep(_firstGeneration);
        var highest = state.Keep(HighestGeneration);
        // It stays noted even if the frame is refused.
        if (highest > RelocatableHandle.MostGeneration)
            throw new InvalidDataException($"{_owner.Label} has handles of generation {highest}");
        HighestGeneration = highest;
        _block = state.Keep(_block);
        _capacity = state.Keep(_capacity);
        GroupCount = state.Keep(GroupCount);
        LiveCount = state.Keep(LiveCount);
        _presentCount = state.Keep(_presentCount);
        _available.KeepState(state);
        _extensible.KeepState(state);
        _sparse.KeepState(state);
        if (state.Keep((nuint)NoEntries) != (nuint)NoEntries)
            MakeRows();
    }

    // What was saved came from another process, which had the row without entries elsewhere.
    private void MakeRows()
    {
        if (GroupCount == 0)
            return;
        if (!HasBlock())
            throw new InvalidDataException(NoTable);
        for (var number = 0; number < GroupCount; number++)
            SetEntries(number, Groups[number].Entries);
    }
}
