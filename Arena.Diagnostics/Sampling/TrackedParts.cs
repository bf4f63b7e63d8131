namespace Arena.Diagnostics;

/// <summary>
/// What a <see cref="LeakTracker"/> knows, as parts for a <see cref="MemorySampler"/>: by line of source, or by tag.
/// </summary>
/// <remarks>A report of the tracker is made at every sample, so this makes garbage, a few objects a site.</remarks>
public sealed class TrackedParts : IMemoryParts
{
    private readonly LeakTracker _tracker;
    private readonly Func<LeakSite, string> _name;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    private TrackedParts(LeakTracker tracker, Func<LeakSite, string> name)
    {
        ArgumentNullException.ThrowIfNull(tracker);
        _tracker = tracker;
        _name = name;
    }

    /// <summary>A part for each line of source: <c>Mesh.cs:118</c>.</summary>
    public static TrackedParts BySite(LeakTracker tracker) =>
        new(tracker, site => $"{Path.GetFileName(site.File)}:{site.Line}");

    /// <summary>A part for each tag; what has none is <c>(no tag)</c>.</summary>
    public static TrackedParts ByTag(LeakTracker tracker) => new(tracker, site => site.Tag ?? "(no tag)");

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The tracker was disposed.</exception>
    public int Read(Span<long> liveBytes)
    {
        liveBytes.Clear();
        foreach (LeakSite site in _tracker.Report().Sites)
        {
            string name = _name(site);
            if (!_numbers.TryGetValue(name, out int number))
            {
                number = _names.Count;
                _numbers.Add(name, number);
                _names.Add(name);
            }
            if (number < liveBytes.Length)
                liveBytes[number] += (long)site.Bytes;
        }
        return _names.Count;
    }

    /// <inheritdoc/>
    public string NameOf(int part) => _names[part];
}
