using Arena.Diagnostics;
using GameLoop.Backends;
using GameLoop.Backends.Arenas;
using GameLoop.Backends.Gc;
using GameLoop.Backends.Jobs;
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

    /// <param name="backend">The backend.</param>
    /// <param name="settings">The world.</param>
    /// <param name="capture">The capture of its memory; null for none.</param>
    /// <param name="jobThreads">
    /// Threads of a job system that steps the world on arena's shared allocators; 0 for the caller alone.
    /// </param>
    public static World Create(
        Backend backend, WorldSettings settings, CaptureWriter? capture = null, int jobThreads = 0) => backend switch
    {
        Backend.Arena when jobThreads > 0 => new JobWorld(settings, jobThreads),
        Backend.Arena => new ArenaWorld(settings, capture),
        Backend.Gc => new GcWorld(settings),
        Backend.Malloc => new MallocWorld(settings),
        _ => throw new ArgumentOutOfRangeException(nameof(backend)),
    };
}
