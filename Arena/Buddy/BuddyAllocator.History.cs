namespace Arena;

// A history saves nothing of it, because everything that changes lies in the arena.
public sealed unsafe partial class BuddyAllocator
{
    internal override string? WhyNoHistory => null;

    internal override void KeepState(StateStream state)
    {
        // The state to restore may be from before Dispose.
        if (state.IsRestoring)
            ObserversChanged();
    }
}
