namespace Arena;

/// <summary>Ends a <see cref="MemoryTag"/> scope when it is disposed; a default value ends nothing.</summary>
/// <example>
/// <code>
/// using MemoryTagScope scope = MemoryTag.Begin("audio");
/// var samples = heap.AllocateSpan&lt;float&gt;(4096);
/// </code>
/// </example>
public readonly ref struct MemoryTagScope : IDisposable
{
    private readonly string? _tag;
    private readonly string? _outer;

    internal MemoryTagScope(string tag)
    {
        _tag = tag;
        _outer = MemoryTag.Exchange(tag);
    }

    /// <summary>Returns to the tag that was current before.</summary>
    public void Dispose()
    {
        if (_tag is not null)
            MemoryTag.Exchange(_outer);
    }
}
