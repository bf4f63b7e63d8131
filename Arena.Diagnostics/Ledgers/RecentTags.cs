namespace Arena.Diagnostics;

/// <summary>
/// The tags that an allocator's calls came under lately, found by the name's reference. For one thread at a time.
/// </summary>
internal sealed class RecentTags(TagTable tags)
{
    private const int Places = 16;

    private readonly string?[] _names = new string?[Places];
    private readonly Tag[] _tags = new Tag[Places];

    /// <summary>The allocator's own tag, else that of the scope around the call.</summary>
    public Tag Of(Allocator allocator)
    {
        var name = allocator.Tag ?? MemoryTag.Current;
        if (string.IsNullOrEmpty(name))
            return Tag.None;
        var place = (name.Length + name[^1] * 5) & (Places - 1);
        if (!ReferenceEquals(_names[place], name))
        {
            _tags[place] = tags.Of(name);
            _names[place] = name;
        }
        return _tags[place];
    }
}
