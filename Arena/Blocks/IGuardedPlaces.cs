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
    /// <param name="place">The address.</param>
    /// <param name="number">A number of the place, for the other calls.</param>
    bool IsLive(nuint place, out uint number);

    /// <summary>The bytes at the start of an allocation that are not its user's.</summary>
    nuint KeptBytes { get; }

    /// <summary>Returns the mark in these bytes; 0 for none.</summary>
    uint MarkAt(nuint address);

    /// <summary>Called when the life of a value has ended, before its place is filled.</summary>
    void EndLife(nuint address, uint number, uint mark);

    /// <summary>
    /// Gives back a place that the guard no longer needs; its number, or <see cref="WaitingPlace.NoNumber"/>.
    /// </summary>
    void GiveBack(nuint place, uint number);
}
