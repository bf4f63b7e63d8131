using Arena.Collections;

namespace GameLoop.Backends.Jobs;

/// <summary>The results that one worker leaves for the end of a job.</summary>
internal sealed class WorkerPart
{
    /// <summary>Notes for ships, in the worker's frame memory.</summary>
    public NativeList<Effect> Effects;

    /// <summary>The sum of the hashes of what it drew.</summary>
    public ulong Pictures;

    /// <summary>Entities and data that it made or grew.</summary>
    public long Allocations;
}
