using Arena.Bench.Workloads;

namespace Arena.Bench.Contestants;

/// <summary>Memory that all threads call in the same way, each finding what is its own in every call.</summary>
internal readonly struct SameForAll<TSizes>(TSizes sizes) : IThreadViews<TSizes>
    where TSizes : struct
{
    public TSizes View() => sizes;
}
