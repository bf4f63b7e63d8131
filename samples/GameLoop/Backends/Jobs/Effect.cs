namespace GameLoop.Backends.Jobs;

/// <summary>
/// What a shot or a pickup does to a ship. Several may do so on several threads, so they leave a note, and the notes
/// are applied when all are done: as sums, whose order does not matter.
/// </summary>
/// <param name="Berth">The ship's berth.</param>
/// <param name="Repair">What a pickup repairs; 0 for a hit by a shot.</param>
/// <param name="Intel">What the ship learns from the pickup's log book.</param>
internal readonly record struct Effect(int Berth, int Repair, ulong Intel);
