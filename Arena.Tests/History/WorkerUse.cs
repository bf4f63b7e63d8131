namespace Arena.Tests.History;

/// <summary>Which threads play random calls, and when they get their parts of shared allocators.</summary>
internal enum WorkerUse
{
    /// <summary>Three, which get their parts when they first need them.</summary>
    Late,

    /// <summary>Three, which have their parts from the beginning, in one order.</summary>
    Begun,

    /// <summary>The calling thread alone.</summary>
    None,
}
