namespace Arena.Bench.Workloads;

/// <summary>The work that is done on a list.</summary>
internal enum RowWork
{
    Add,
    Index,
    Walk,
    RemoveAtSwapBack,
    Grow,
}
