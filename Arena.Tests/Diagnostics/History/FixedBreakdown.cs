using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.History;

/// <summary>Categories whose bytes a test sets.</summary>
internal sealed class FixedBreakdown : IMemoryBreakdown
{
    private readonly List<string> _names = [];

    public List<long> Bytes { get; } = [];

    public void Add(string name, long bytes)
    {
        _names.Add(name);
        Bytes.Add(bytes);
    }

    public int Read(Span<long> liveBytes)
    {
        for (var category = 0; category < Math.Min(liveBytes.Length, Bytes.Count); category++)
            liveBytes[category] = Bytes[category];
        return Bytes.Count;
    }

    public string NameOf(int category) => _names[category];
}
