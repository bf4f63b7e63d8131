namespace Arena.Bench.Workloads;

/// <summary>What is done to a dictionary or a set.</summary>
internal enum MapWork
{
    Hit,
    Miss,
    Insert,
    Grow,
    Walk,
}
