namespace Arena.Bench.Quick;

/// <summary>One question, its contestants and its goals.</summary>
internal sealed class Experiment(string id, string title, string unit) : IDisposable
{
    public string Id { get; } = id;

    public string Title { get; } = title;

    /// <summary>The name of one operation.</summary>
    public string Unit { get; } = unit;

    /// <summary>Operations that bring a contestant's heap and page tables into their usual state.</summary>
    public long SettlingOperations { get; init; } = 1000;

    /// <summary>The time of a contestant in a round, in which it meets all its memory.</summary>
    public double SliceNanoseconds { get; init; } = 5_000_000;

    public List<Contestant> Contestants { get; } = [];

    public List<Promise> Promises { get; } = [];

    /// <summary>The resources that the contestants need, disposed after them.</summary>
    public List<IDisposable> Ground { get; } = [];

    public void Dispose()
    {
        foreach (var contestant in Contestants)
            contestant.Dispose();
        foreach (var owned in Ground)
            owned.Dispose();
    }
}
