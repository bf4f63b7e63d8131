namespace Arena;

/// <summary>The position of the next allocation of a frame, and the end of its chunk.</summary>
/// <param name="Position">The address behind the last allocation.</param>
/// <param name="Origin">
/// The position at which nothing would be used, so that the bytes in use are known without the chunk.
/// </param>
/// <param name="Limit">The chunk's end plus one; 0 once disposed.</param>
internal readonly record struct BumpState(nuint Position, nuint Origin, nuint Limit);
