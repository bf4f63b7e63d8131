namespace Arena.Bench.Workloads;

/// <summary>The work that is done on a dictionary or a set.</summary>
internal enum MapWork
{
    Hit,
    Miss,
    Insert,
    Grow,
    Walk,
}
