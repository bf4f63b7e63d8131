using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.History;

/// <summary>Parts whose bytes a test sets.</summary>
internal sealed class FixedParts : IMemoryParts
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
        for (var part = 0; part < Math.Min(liveBytes.Length, Bytes.Count); part++)
            liveBytes[part] = Bytes[part];
        return Bytes.Count;
    }

    public string NameOf(int part) => _names[part];
}
