using GameLoop.Backends;

namespace GameLoop.Measurement;

/// <summary>A view of a world at one moment.</summary>
/// <param name="Frame">The number of its last frame.</param>
/// <param name="Dots">
/// The things that the camera saw in it: for each one x and y, in world units from the centre, and the colour.
/// </param>
/// <param name="Memory">Its memory.</param>
internal sealed record WorldLook(int Frame, IReadOnlyList<int> Dots, MemoryLook Memory);
