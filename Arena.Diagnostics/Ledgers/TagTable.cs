namespace Arena.Diagnostics;

/// <summary>The tags that a tracker has met, by their contents. Thread-safe.</summary>
internal sealed class TagTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Tag> _byName = new(StringComparer.Ordinal);
    private Tag[] _tags = [Tag.None];

    /// <summary>All so far, each at its number.</summary>
    public IReadOnlyList<Tag> All => Volatile.Read(ref _tags);

    public Tag Of(string? name)
    {
        if (name is null)
            return Tag.None;
        lock (_lock)
        {
            if (!_byName.TryGetValue(name, out var tag))
            {
                tag = new Tag(name, _tags.Length);
                _byName.Add(name, tag);
                Volatile.Write(ref _tags, [.. _tags, tag]);
            }
            return tag;
        }
    }
}
