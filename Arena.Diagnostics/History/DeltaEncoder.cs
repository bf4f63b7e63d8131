namespace Arena.Diagnostics;

/// <summary>
/// Writes values of many categories, most of which stay the same from one sample to the next: only changes are written.
/// </summary>
/// <remarks>The number of changes, and for each the number of categories skipped, then the difference.</remarks>
internal sealed class DeltaEncoder
{
    private long[] _previous = [];

    public void Write(ReadOnlySpan<long> values, RecordBuffer record)
    {
        if (values.Length > _previous.Length)
            Array.Resize(ref _previous, values.Length);
        int changes = 0;
        for (int i = 0; i < values.Length; i++)
            changes += values[i] != _previous[i] ? 1 : 0;
        record.Unsigned((ulong)changes);
        int next = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] == _previous[i])
                continue;
            record.Unsigned((ulong)(i - next)).Signed(unchecked(values[i] - _previous[i]));
            _previous[i] = values[i];
            next = i + 1;
        }
    }

    /// <summary>Assumes zero for everything again.</summary>
    public void Forget() => Array.Clear(_previous);
}
