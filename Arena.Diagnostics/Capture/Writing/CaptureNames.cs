namespace Arena.Diagnostics;

/// <summary>
/// Numbers the texts, sites and allocators of a capture file. A numbered name is written before it is used: into the
/// chunk that is being filled, or with the next one.
/// </summary>
internal sealed class CaptureNames
{
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string File, int Line, string Member, string? Tag), int> _sites = [];
    private readonly Dictionary<Allocator, int> _allocators = new(ReferenceEqualityComparer.Instance);
    private readonly List<Allocator> _gone = [];
    private int _allocatorCount;

    /// <summary>The number of sites that have numbers, from 0 on.</summary>
    public int SiteCount => _sites.Count;

    /// <summary>The names to write next; sections only.</summary>
    public ByteWriter Pending { get; } = new(headerBytes: 0);

    public int NumberOf(Site site)
    {
        // The number is kept on the site, so that finding it again does not hash its file's path.
        if (ReferenceEquals(site.NumberedBy, this))
            return site.Number;
        var key = (site.File, site.Line, site.Member, site.Tag.Name);
        if (!_sites.TryGetValue(key, out var number))
        {
            number = _sites.Count;
            _sites.Add(key, number);
            Write(site, number);
        }
        (site.NumberedBy, site.Number) = (this, number);
        return number;
    }

    public int NumberOf(Allocator allocator, int arena)
    {
        if (!_allocators.TryGetValue(allocator, out var number))
        {
            number = _allocatorCount++;
            _allocators.Add(allocator, number);
            var kind = TextOf(allocator.Kind);
            var name = TextOf(allocator.Name);
            var tag = TextOf(allocator.Tag ?? "");
            new AllocatorSection(number, arena, kind, name, tag).Write(Pending);
        }
        return number;
    }

    public int TextOf(string text)
    {
        if (!_texts.TryGetValue(text, out var number))
        {
            number = _texts.Count;
            _texts.Add(text, number);
            TextSection.Write(Pending, number, text);
        }
        return number;
    }

    /// <summary>Writes which allocators are gone, and forgets them.</summary>
    public void WriteGone()
    {
        foreach (var allocator in _allocators.Keys)
        {
            if (allocator.IsDisposed)
                _gone.Add(allocator);
        }
        foreach (var allocator in _gone)
        {
            AllocatorGoneSection.Write(Pending, _allocators[allocator]);
            _allocators.Remove(allocator);
        }
        _gone.Clear();
    }

    private void Write(Site site, int number)
    {
        var file = TextOf(site.File);
        var member = TextOf(site.Member);
        var tag = TextOf(site.Tag.Name ?? "");
        new SiteSection(number, file, site.Line, member, tag).Write(Pending);
    }
}
