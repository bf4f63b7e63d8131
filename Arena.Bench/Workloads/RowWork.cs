namespace Arena.Bench.Workloads;

/// <summary>What is done to a list.</summary>
internal enum RowWork
{
    Add,
    Index,
    Walk,
    RemoveAtSwapBack,
    Grow,
}
