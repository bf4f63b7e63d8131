using System.Runtime.InteropServices;

namespace Arena;

/// <summary>Counts of frees by the lines that allocated and freed. For any thread.</summary>
internal sealed class FreeCounts
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Allocated, int Freed), long> _counts = [];

    /// <summary>Counts a free.</summary>
    public void Add(int allocatedLine, int freedLine)
    {
        lock (_lock)
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, (allocatedLine, freedLine), out _)++;
    }

    /// <summary>Returns the pairs of lines in different folders, the most frequent first.</summary>
    public IReadOnlyList<ForeignFree> Foreign() => Sorted(Counts()
        .Where(pair => ForeignFree.IsForeign(pair.From.Line, pair.To.Line))
        .GroupBy(pair => (From: pair.From.Line, To: pair.To.Line))
        .Select(lines => new ForeignFree(lines.Key.From, lines.Key.To, lines.Sum(pair => pair.Count))));

    /// <summary>Returns the pairs of lines under different tags, the most frequent first.</summary>
    public IReadOnlyList<ForeignFree> ForeignByTag() => Sorted(Counts()
        .Where(pair => pair.From.Tag is not null && pair.To.Tag is not null && pair.From.Tag != pair.To.Tag)
        .Select(pair => new ForeignFree(pair.From.Line, pair.To.Line, pair.Count)
        {
            AllocatedIn = pair.From.Tag!,
            FreedIn = pair.To.Tag!,
        }));

    private static IReadOnlyList<ForeignFree> Sorted(IEnumerable<ForeignFree> pairs) => [.. pairs
        .OrderByDescending(pair => pair.Count)
        .ThenBy(pair => pair.AllocatedAt, StringComparer.Ordinal)];

    private List<(Place From, Place To, long Count)> Counts()
    {
        lock (_lock)
        {
            return [.. _counts.Select(pair => (
                Place.Of(pair.Key.Allocated), Place.Of(pair.Key.Freed), pair.Value))];
        }
    }

    private readonly record struct Place(SourceLine Line, string? Tag)
    {
        public static Place Of(int number) => new(SourceLines.At(number), SourceLines.TagOf(number));
    }
}
