namespace Arena.Pools;

// The state that a history saves. Groups and entries lie in the arena.
internal sealed unsafe partial class RelocationTable
{
    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        _firstGeneration = state.Keep(_firstGeneration);
        HighestGeneration = state.Keep(HighestGeneration);
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
        if (!_owner.Arena.IsBlock(Rows, _owner.OwnerToken, out var block) || block != _block || GroupCount > _capacity
            || (nuint)_capacity * BytesOfGroup > block.ByteCount)
            throw new InvalidDataException($"{_owner.Label} has no table of {GroupCount} groups at 0x{(nuint)Rows:x}");
        for (var number = 0; number < GroupCount; number++)
            SetEntries(number, Groups[number].Entries);
    }
}
