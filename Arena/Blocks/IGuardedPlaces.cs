namespace Arena;

/// <summary>
/// The calls of a guard to its allocator on the usual road of a free. A struct implements them, so that the JIT
/// compiles each into that road.
/// </summary>
internal interface IGuardedPlaces
{
    /// <summary>
    /// Returns whether a live place begins at an address, which can be any; false also if that takes longer to find
    /// out.
    /// </summary>
    bool IsLive(nuint place);

    /// <summary>Called when the life of a value has ended, before its place is filled.</summary>
    void EndLife(nuint address);

    /// <summary>Gives back a place that the guard no longer needs.</summary>
    void GiveBack(nuint place);
}
