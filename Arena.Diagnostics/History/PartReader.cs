namespace Arena.Diagnostics;

/// <summary>Reads the parts of one kind, and gives each new one a column.</summary>
/// <remarks>
/// Parts beyond the maximum share the last column, so memory stays bounded and the columns add up.
/// Garbage is made only when parts are added.
/// </remarks>
internal sealed class PartReader
{
    public const string OthersName = "(others)";

    private readonly IMemoryParts? _source;
    private readonly PartColumns _columns;
    private readonly int _partsMax;
    private long[] _read = [];
    private long[] _values = [];

    public PartReader(IMemoryParts? source, PartColumns columns, int partsMax)
    {
        _source = source;
        _columns = columns;
        _partsMax = partsMax;
        if (source is not null)
            columns.AddColumn(PartColumns.RestName);
    }

    /// <summary>Live bytes of the parts as read last, in the order of their columns.</summary>
    public ReadOnlySpan<long> Values => _values.AsSpan(0, _columns.PartCount);

    /// <summary>Reads all parts.</summary>
    /// <returns>The number of parts that were added.</returns>
    public int Read()
    {
        if (_source is null)
            return 0;
        int count = _source.Read(_read);
        while (count > _read.Length)
        {
            _read = new long[Math.Max(count, 2 * _read.Length)];
            count = _source.Read(_read);
        }
        int before = _columns.PartCount;
        AddColumns(count);
        _values.AsSpan().Clear();
        for (int part = 0; part < count; part++)
            _values[Math.Min(part, _partsMax)] += _read[part];
        return _columns.PartCount - before;
    }

    private void AddColumns(int parts)
    {
        while (_columns.PartCount < Math.Min(parts, _partsMax + 1))
        {
            int part = _columns.PartCount;
            _columns.AddColumn(part < _partsMax ? _source!.NameOf(part) : OthersName);
        }
        if (_values.Length < _columns.PartCount)
            Array.Resize(ref _values, _columns.PartCount);
    }
}
