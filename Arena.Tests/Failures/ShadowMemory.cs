namespace Arena.Tests.Failures;

/// <summary>
/// The expected live allocations, and their expected contents: the first and the last word of every page.
/// </summary>
internal sealed unsafe class ShadowMemory(Random random)
{
    private const nuint Step = 4096;
    private readonly SortedList<nuint, Entry> _live = [];

    public int Count => _live.Count;

    public nuint Bytes { get; private set; }

    public IEnumerable<Entry> Entries => _live.Values;

    public Entry this[int index] => _live.GetValueAtIndex(index);

    /// <summary>Fills a new allocation. Returns null, or what is wrong with it.</summary>
    public string? Add(void* address, nuint byteCount, nuint grantedBytes)
    {
        var entry = new Entry((nuint)address, byteCount, grantedBytes, (byte)random.Next(1, 256));
        if (grantedBytes < byteCount)
            return $"{grantedBytes} bytes were granted for {byteCount}";
        if (!_live.TryAdd(entry.Address, entry))
            return $"0x{entry.Address:x} is live and was given again";
        var at = _live.IndexOfKey(entry.Address);
        if (at > 0 && this[at - 1].End > entry.Address)
            return $"{entry} overlaps {this[at - 1]}";
        if (at + 1 < Count && entry.End > this[at + 1].Address)
            return $"{entry} overlaps {this[at + 1]}";
        Bytes += grantedBytes;
        Write(entry);
        return null;
    }

    public void Remove(nuint address)
    {
        Bytes -= _live[address].GrantedBytes;
        _live.Remove(address);
    }

    public void Clear()
    {
        _live.Clear();
        Bytes = 0;
    }

    /// <summary>Null, or what changed.</summary>
    public string? CheckAll()
    {
        foreach (var entry in _live.Values)
        {
            if (!Holds(entry, entry.ByteCount))
                return $"{entry} changed";
        }
        return null;
    }

    /// <summary>Returns whether the first bytes of a former allocation are those that it held.</summary>
    public static bool Holds(Entry entry, nuint byteCount)
    {
        for (nuint at = 0; at < byteCount; at += Step)
        {
            var length = (int)nuint.Min(Step, byteCount - at);
            if (!Ends(entry, at, length, out var tail).ContainsAnyExcept(entry.Mark)
                && !tail.ContainsAnyExcept(entry.Mark))
                continue;
            return false;
        }
        return true;
    }

    private static void Write(Entry entry)
    {
        for (nuint at = 0; at < entry.ByteCount; at += Step)
        {
            Ends(entry, at, (int)nuint.Min(Step, entry.ByteCount - at), out var tail).Fill(entry.Mark);
            tail.Fill(entry.Mark);
        }
    }

    private static Span<byte> Ends(Entry entry, nuint at, int length, out Span<byte> tail)
    {
        var all = new Span<byte>((byte*)entry.Address + at, length);
        var ends = Math.Min(length, 16);
        tail = all[^ends..];
        return all[..ends];
    }

    internal readonly record struct Entry(nuint Address, nuint ByteCount, nuint GrantedBytes, byte Mark)
    {
        public nuint End => Address + GrantedBytes;

        public override string ToString() => $"0x{Address:x} of {ByteCount} bytes";
    }
}
