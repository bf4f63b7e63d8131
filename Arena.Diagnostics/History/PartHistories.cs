namespace Arena.Diagnostics;

/// <summary>The parts of one kind, and the rest, which belongs to none; see <see cref="PartColumns"/>.</summary>
internal sealed class PartHistories
{
    private readonly PartHistory _rest = new(PartColumns.RestName);
    private readonly List<PartHistory> _parts = [];
    private long _sum;

    /// <summary>Whether anything is divided.</summary>
    public bool IsUsed { get; private set; }

    public void Begin() => IsUsed = true;

    /// <summary>Names the next part.</summary>
    public void Add(string name)
    {
        if (!IsUsed)
            throw new InvalidDataException("a part is of a kind that the file does not divide by");
        if (_parts.Count > MemorySamplerOptions.PartsMax)
            throw new InvalidDataException("there are more parts than a sampler keeps apart");
        _parts.Add(new PartHistory(name));
    }

    /// <summary>Reads the changes of the parts in the next sample.</summary>
    public void Change(ref ByteReader record, CellPosition at, long live)
    {
        var part = -1;
        for (var changes = record.Number(); changes > 0; changes--)
        {
            var skipped = record.Count();
            if (skipped >= _parts.Count - part - 1)
                throw new InvalidDataException("a sample is of a part that has no name");
            part += skipped + 1;
            var difference = record.Signed();
            _sum = unchecked(_sum + difference);
            _parts[part].Set(at, unchecked(_parts[part].Bytes + difference));
        }
        if (IsUsed)
            _rest.Set(at, live - (double)_sum);
    }

    /// <summary>Skips the values of a cell after checking them.</summary>
    public void CheckCell(ref ByteReader record)
    {
        for (var column = IsUsed ? _parts.Count : -1; column >= 0; column--)
            Value(ref record);
    }

    /// <summary>Reads a value for each of the parts in a cell.</summary>
    public void AddCell(ref ByteReader record, CellPosition at, int samples)
    {
        if (!IsUsed)
            return;
        _rest.Add(at, Value(ref record), samples);
        foreach (var part in _parts)
            part.Add(at, Value(ref record), samples);
    }

    public void MergeNeighbours(CellPosition end)
    {
        if (!IsUsed)
            return;
        _rest.MergeNeighbours(end);
        foreach (var part in _parts)
            part.MergeNeighbours(end);
    }

    public MemoryPart[] Build(CellPosition end) =>
        IsUsed ? [_rest.Build(end), .. _parts.Select(part => part.Build(end))] : [];

    private static PartCell Value(ref ByteReader record) =>
        new(SampleValues.Bytes(ref record), SampleValues.Bytes(ref record));
}
