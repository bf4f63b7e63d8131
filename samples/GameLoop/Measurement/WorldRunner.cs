using Arena.Diagnostics;
using GameLoop.Backends;
using GameLoop.Backends.Arenas;
using GameLoop.Backends.Gc;
using GameLoop.Backends.Malloc;
using GameLoop.Options;
using GameLoop.Rules;

namespace GameLoop.Measurement;

/// <summary>Makes the world of a backend, and what comes before one is measured.</summary>
internal static class WorldRunner
{
    /// <summary>
    /// Frames of the measured world before measuring begins: by then as many entities die as are born.
    /// </summary>
    public const int WarmUpFrames = 180;

    /// <summary>The least time that a small world runs first.</summary>
    public static readonly TimeSpan RehearsalTime = TimeSpan.FromSeconds(1);

    /// <summary>The entities of the small world, for each sector.</summary>
    public const int RehearsalEntities = 2_000;

    public static World Create(Backend backend, WorldSettings settings, CaptureWriter? capture = null) => backend switch
    {
        Backend.Arena => new ArenaWorld(settings, capture),
        Backend.Gc => new GcWorld(settings),
        Backend.Malloc => new MallocWorld(settings),
        _ => throw new ArgumentOutOfRangeException(nameof(backend)),
    };
}
