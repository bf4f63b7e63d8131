namespace GameLoop.Backends.Jobs;

/// <summary>
/// The effect of a shot or a pickup on a ship. Several may hit one on several threads, so they leave a note, and the
/// notes are applied when all are done: as sums, whose order does not matter.
/// </summary>
/// <param name="Berth">The ship's berth.</param>
/// <param name="Repair">The points that a pickup repairs; 0 for a hit by a shot.</param>
/// <param name="Intel">The knowledge that the ship gets from the pickup's log book.</param>
internal readonly record struct Effect(int Berth, int Repair, ulong Intel);
