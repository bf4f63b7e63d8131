using GameLoop.Backends;

namespace GameLoop.Measurement;

/// <summary>What a world looks like at one moment.</summary>
/// <param name="Frame">The number of its last frame.</param>
/// <param name="Dots">
/// What the camera saw in it: for each thing x and y, in world units from the centre, and the colour.
/// </param>
/// <param name="Memory">Its memory.</param>
internal sealed record WorldLook(int Frame, IReadOnlyList<int> Dots, MemoryLook Memory);
