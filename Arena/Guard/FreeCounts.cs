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
    public IReadOnlyList<ForeignFree> Foreign()
    {
        lock (_lock)
        {
            return [.. _counts
                .Select(pair => (
                    From: SourceLines.At(pair.Key.Allocated), To: SourceLines.At(pair.Key.Freed), pair.Value))
                .Where(pair => ForeignFree.IsForeign(pair.From, pair.To))
                .Select(pair => new ForeignFree(pair.From, pair.To, pair.Value))
                .OrderByDescending(pair => pair.Count)
                .ThenBy(pair => pair.AllocatedAt, StringComparer.Ordinal)];
        }
    }
}
