namespace Arena.Diagnostics;

/// <summary>
/// Offers a <see cref="LeakTracker"/>'s sums as categories for a <see cref="MemorySampler"/>: by line of source, or by
/// tag.
/// </summary>
/// <remarks>
/// A sample reads the tracker's sums, a few nanoseconds a site, and makes no garbage once the sites are known.
/// </remarks>
/// <example>
/// <code>
/// var options = new MemorySamplerOptions { Sites = TrackedBreakdown.BySite(tracker) };
/// using var sampler = new MemorySampler(arena, options);
/// </code>
/// </example>
public sealed class TrackedBreakdown : IMemoryBreakdown
{
    internal const string NoTagName = "(no tag)";

    private readonly LeakTracker _tracker;
    private readonly Sums _sums;
    private readonly List<Ledger> _ledgers = [];

    private TrackedBreakdown(LeakTracker tracker, Func<Site, string> name)
    {
        ArgumentNullException.ThrowIfNull(tracker);
        _tracker = tracker;
        _sums = new Sums(name);
    }

    /// <summary>Makes a category for each line of source: <c>Mesh.cs:118</c>.</summary>
    public static TrackedBreakdown BySite(LeakTracker tracker) =>
        new(tracker, site => $"{Path.GetFileName(site.File)}:{site.Line}");

    /// <summary>Makes a category for each tag; allocations without one are <c>(no tag)</c>.</summary>
    public static TrackedBreakdown ByTag(LeakTracker tracker) => new(tracker, site => site.Tag.Name ?? NoTagName);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The tracker was disposed.</exception>
    public int Read(Span<long> liveBytes)
    {
        _sums.Clear();
        _tracker.GiveSitesTo(_sums, _ledgers);
        _sums.CopyTo(liveBytes);
        return _sums.Count;
    }

    /// <inheritdoc/>
    public string NameOf(int category) => _sums.NameOf(category);

    /// <summary>Adds up the sites that share one name.</summary>
    private sealed class Sums(Func<Site, string> name) : ISiteSink
    {
        // Ledgers that come and go bring sites of their own for the same lines.
        private const int SitesPerNameMax = 64;

        private readonly Dictionary<Site, int> _bySite = [];
        private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
        private readonly List<string> _names = [];
        private long[] _bytes = new long[16];

        public int Count => _names.Count;

        public string NameOf(int category) => _names[category];

        public void Clear() => _bytes.AsSpan().Clear();

        public void CopyTo(Span<long> liveBytes)
        {
            liveBytes.Clear();
            var count = Math.Min(Count, liveBytes.Length);
            _bytes.AsSpan(0, count).CopyTo(liveBytes);
        }

        public void Add(Site site, in SiteCounters counters)
        {
            if (counters.Allocations == 0)
                return;
            if (!_bySite.TryGetValue(site, out var number))
                number = Meet(site);
            _bytes[number] += counters.LiveBytes;
        }

        private int Meet(Site site)
        {
            var text = name(site);
            if (!_byName.TryGetValue(text, out var number))
            {
                number = Count;
                _byName.Add(text, number);
                _names.Add(text);
                if (number == _bytes.Length)
                    Array.Resize(ref _bytes, 2 * number);
            }
            if (_bySite.Count >= SitesPerNameMax * Count)
                _bySite.Clear();
            _bySite.Add(site, number);
            return number;
        }
    }
}
