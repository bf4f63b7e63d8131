using Arena.Pools;

namespace Arena.Tests.Relocation;

/// <summary>The expected live allocations of a relocatable heap, and their expected contents.</summary>
internal sealed class RelocatableModel(RelocatableHeap heap, RelocatableHeap other, int seed)
{
    private static readonly byte[] Pattern = [.. Enumerable.Range(0, (1 << 18) + 256).Select(i => (byte)(i * 7))];

    private readonly Random _random = new(seed);
    private readonly List<Entry> _live = [];
    private readonly List<RelocatableHandle> _dead = [];
    private nuint _bytes;
    private int _step;
    private int _most;

    /// <summary>Live allocations at most; they come and go in waves.</summary>
    public int Most { get; init; } = 20_000;

    public int Count => _live.Count;

    public void Play(int steps)
    {
        for (_step = 0; _step < steps; _step++)
        {
            if (_step % 5000 == 0)
                _most = _random.Next(1, Most);
            Step();
            if (_step % 10_000 == 9_999)
                CheckAll();
        }
    }

    public void FreeAll()
    {
        while (_live.Count > 0)
            Free(_live.Count - 1);
    }

    public void Step()
    {
        switch (_random.Next(400))
        {
            case < 150 when _live.Count < _most:
                Allocate();
                break;
            case < 300 when _live.Count > _random.Next(2 * _most):
                Free(_random.Next(_live.Count));
                break;
            case < 330 when _live.Count > 0:
                Resize(_random.Next(_live.Count));
                break;
            case < 390 when _live.Count > 0:
                Check(_live[_random.Next(_live.Count)]);
                break;
            case < 396:
                Compact();
                break;
            case 396:
                heap.Trim();
                break;
            case 397:
                heap.CompactStep(TimeSpan.FromMicroseconds(_random.Next(50)));
                break;
            default:
                Misuse();
                break;
        }
    }

    /// <summary>Everything that should live does, and holds what it should.</summary>
    public void CheckAll()
    {
        Expect(heap.LiveCount == _live.Count, $"{heap.LiveCount} live, {_live.Count} expected");
        Expect(heap.LiveBytes == _bytes, $"{heap.LiveBytes} bytes live, {_bytes} expected");
        Expect(heap.PinnedCount == 0, "something stayed pinned");
        foreach (var entry in _live)
            Check(entry);
    }

    public void Allocate()
    {
        var byteCount = Size();
        if (!heap.TryAllocate(byteCount, out var handle))
            return;
        Expect(!handle.IsNone, "a handle is none");
        Add(handle, byteCount);
    }

    // Log-uniform, up to a few bytes or some hundred thousand.
    private nuint Size() => (nuint)Math.Pow(2, _random.NextDouble() * (_random.Next(50) == 0 ? 18 : 9)) - 1;

    private void Add(RelocatableHandle handle, nuint byteCount)
    {
        var entry = new Entry(handle, (int)byteCount, (byte)_random.Next(256));
        Fill(entry, 0);
        _bytes += byteCount;
        _live.Add(entry);
    }

    public void Free(int index)
    {
        var entry = _live[index];
        Check(entry);
        heap.Free(entry.Handle);
        Remove(index);
        Expect(!heap.Contains(entry.Handle), $"{entry.Handle} was freed and resolves");
        _dead.Add(entry.Handle);
        if (_dead.Count > 1000)
            _dead.RemoveRange(0, 500);
    }

    private void Remove(int index)
    {
        _bytes -= (nuint)_live[index].ByteCount;
        _live[index] = _live[^1];
        _live.RemoveAt(_live.Count - 1);
    }

    private void Resize(int index)
    {
        var entry = _live[index];
        var byteCount = _random.Next(3) == 0 ? (nuint)_random.Next(entry.ByteCount + 1) : Size();
        if (!heap.TryResize(entry.Handle, byteCount))
        {
            Expect(byteCount > (nuint)entry.ByteCount, $"{entry} cannot shrink to {byteCount}");
            return;
        }
        var kept = Math.Min(entry.ByteCount, (int)byteCount);
        var span = heap.Span(entry.Handle);
        Expect(span.Length == (int)byteCount, $"{entry} has {span.Length} bytes, {byteCount} expected");
        Expect(
            span[..kept].SequenceEqual(entry.Contents[..kept]), $"{entry} changed when it was resized to {byteCount}");
        _bytes = _bytes - (nuint)entry.ByteCount + byteCount;
        entry = entry with { ByteCount = (int)byteCount };
        Fill(entry, kept);
        _live[index] = entry;
    }

    private void Compact()
    {
        if (_live.Count > 0 && _random.Next(3) == 0)
        {
            CompactAroundPin(_live[_random.Next(_live.Count)]);
            return;
        }
        var most = (nuint)Math.Pow(2, _random.NextDouble() * 24) - 1;
        var committed = heap.CommittedBytes;
        var result = heap.Compact(most);
        Expect(result.MovedBytes <= most, $"{result.MovedBytes} bytes were moved, {most} allowed");
        if (result.IsDone && most > 1 << 20)
        {
            var again = heap.Compact(most);
            Expect(again is { IsDone: true, MovedBytes: 0 }, $"after the end there was more to move: {again}");
        }
    }

    private void CompactAroundPin(Entry entry)
    {
        using var pin = heap.Pin(entry.Handle);
        heap.Compact((nuint)_random.Next(1 << 20));
        Expect(pin.Bytes == heap.Span(entry.Handle), $"{entry} moved while it was pinned");
        Check(entry);
        ExpectRefused(entry.Handle);
    }

    private void Misuse()
    {
        if (_dead.Count > 0)
            ExpectRefused(_dead[_random.Next(_dead.Count)]);
        var foreign = other.Allocate(8);
        ExpectRefused(foreign);
        other.Free(foreign);
        ExpectRefused(default);
        var made = new RelocatableHandle((ulong)_random.NextInt64());
        if (!_live.Exists(entry => entry.Handle == made))
            ExpectRefused(made);
    }

    private void ExpectRefused(RelocatableHandle handle)
    {
        try
        {
            heap.Free(handle);
        }
        catch (InvalidFreeException)
        {
            return;
        }
        Expect(false, $"a free of {handle} was accepted");
    }

    private void Fill(Entry entry, int from)
    {
        entry.Contents[from..].CopyTo(heap.Span(entry.Handle)[from..]);
    }

    private void Check(Entry entry)
    {
        var span = heap.Span(entry.Handle);
        Expect(span.Length == entry.ByteCount, $"{entry} has {span.Length} bytes");
        if (!span.SequenceEqual(entry.Contents))
            Expect(false, $"byte {span.CommonPrefixLength(entry.Contents)} of {entry} changed");
    }

    private void Expect(bool holds, string what)
    {
        if (!holds)
            Assert.Fail($"seed {seed}, step {_step}: {what}");
    }

    private readonly record struct Entry(RelocatableHandle Handle, int ByteCount, byte Mark)
    {
        public ReadOnlySpan<byte> Contents => Pattern.AsSpan(Mark, ByteCount);
    }
}
