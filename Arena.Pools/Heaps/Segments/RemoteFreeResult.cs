namespace Arena.Pools;

/// <summary>The outcome of a free by a thread that is not the owner.</summary>
internal enum RemoteFreeResult
{
    /// <summary>The place is pending: its owner takes it when it needs places.</summary>
    Done,

    /// <summary>Nothing was live there.</summary>
    NotLive,

    /// <summary>Another thread has freed it, and the owner has not taken it yet.</summary>
    FreedBefore,
}
