namespace Arena.Bench.Contestants;

/// <summary>Memory that all threads call in the same way; each call finds the thread's own part.</summary>
internal readonly struct SameForAll<TSizes>(TSizes sizes) : IThreadViews<TSizes>
    where TSizes : struct
{
    public TSizes View() => sizes;
}
