namespace Arena.Diagnostics;

/// <summary>The live bytes of all parts as they were read last.</summary>
internal sealed class LiveParts(IMemoryParts? source)
{
    private long[] _bytes = [];
    private int _count;

    public void Read()
    {
        if (source is null)
            return;
        _count = source.Read(_bytes);
        while (_count > _bytes.Length)
        {
            _bytes = new long[Math.Max(_count, 2 * _bytes.Length)];
            _count = source.Read(_bytes);
        }
    }

    /// <summary>The parts and, last and without a name, what is left of the total.</summary>
    public (string? Name, long Bytes)[] With(long total)
    {
        var parts = new (string?, long)[_count + 1];
        for (int part = 0; part < _count; part++)
        {
            parts[part] = (source!.NameOf(part), _bytes[part]);
            total -= _bytes[part];
        }
        parts[_count] = (null, total);
        return parts;
    }
}
