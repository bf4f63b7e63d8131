namespace Arena;

// What a history saves of it: nothing. All that changes lies in the arena.
public sealed unsafe partial class BuddyAllocator
{
    internal override string? WhyNoHistory => null;

    internal override void KeepState(StateStream state)
    {
        // It may come back from Dispose.
        if (state.IsRestoring)
            ObserversChanged();
    }
}
