using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

/// <summary>
/// Numbers for lines of source. The compiler's literals are one object a file and assembly, so a line is found by
/// reference; the same file in two assemblies has two numbers, which a report puts together by content.
/// </summary>
internal sealed class SiteTable
{
    private readonly Dictionary<Site, int> _numbers = [];
    private readonly List<Site> _sites = [];

    public int Count => _sites.Count;

    public Site this[int number] => _sites[number];

    public int NumberOf(string file, int line, string member)
    {
        var site = new Site(file, line, member);
        if (!_numbers.TryGetValue(site, out var number))
        {
            number = _sites.Count;
            _numbers.Add(site, number);
            _sites.Add(site);
        }
        return number;
    }

    internal readonly struct Site(string file, int line, string member) : IEquatable<Site>
    {
        public string File { get; } = file;

        public int Line { get; } = line;

        public string Member { get; } = member;

        public bool Equals(Site other) =>
            Line == other.Line && ReferenceEquals(File, other.File) && ReferenceEquals(Member, other.Member);

        public override bool Equals(object? obj) => obj is Site other && Equals(other);

        public override int GetHashCode() => unchecked(RuntimeHelpers.GetHashCode(File) * 31 + Line);
    }
}
