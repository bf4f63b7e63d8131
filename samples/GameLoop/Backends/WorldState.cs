namespace GameLoop.Backends;

/// <summary>The numbers that a world keeps outside its backend's memory.</summary>
/// <param name="Frame">Frames stepped.</param>
/// <param name="Allocations">The number of entities and data made or grown.</param>
/// <param name="ShipsLaunched">Ships made.</param>
/// <param name="Room">Entities that may still be added in this frame.</param>
/// <param name="ExhaustBerth">The berth whose turn it is to leave exhaust.</param>
/// <param name="Pictures">The checksum of all pictures.</param>
internal readonly record struct WorldState(
    int Frame, long Allocations, uint ShipsLaunched, int Room, int ExhaustBerth, ulong Pictures);
