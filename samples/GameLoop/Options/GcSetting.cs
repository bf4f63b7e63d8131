namespace GameLoop.Options;

/// <summary>The collector's settings that a gc backend runs under.</summary>
internal enum GcSetting
{
    /// <summary>The settings of a game that sets none: workstation, concurrent.</summary>
    Default,

    /// <summary>Server collection: a heap for each core, larger generations.</summary>
    Server,

    /// <summary>No background collection: generation 2 stops the game as well.</summary>
    NotConcurrent,

    /// <summary><see cref="System.Runtime.GCLatencyMode.SustainedLowLatency"/>.</summary>
    LowLatency,

    /// <summary>A generation 0 of 256 MiB.</summary>
    LargeGen0,
}
