using Arena.Pools;

namespace Arena.Tests.Heaps;

/// <summary>The expected live allocations of a heap, and the byte with which each is filled.</summary>
internal sealed unsafe class LiveModel(Random random, int largestBytes, string run)
{
    private readonly Dictionary<nint, (int Bytes, byte Mark)> _live = [];
    private readonly List<nint> _order = [];

    public int Count => _order.Count;

    public long Bytes { get; private set; }

    /// <summary>In no order that means anything but that the latest is last.</summary>
    public IReadOnlyList<nint> Addresses => _order;

    public (nint Address, int Bytes, byte Mark) this[int index]
    {
        get
        {
            var (bytes, flag) = _live[_order[index]];
            return (_order[index], bytes, flag);
        }
    }

    public static Span<byte> Span(void* address, int bytes) => new(address, bytes);

    /// <summary>Log-uniform from 0 on.</summary>
    public int Size() => (int)Math.Pow(2, random.NextDouble() * Math.Log2(largestBytes)) - 1;

    /// <summary>Fills a new allocation of this many usable bytes.</summary>
    public void Add(void* address, int bytes, nuint usableBytes)
    {
        var flag = (byte)random.Next(1, 256);
        Expect(_live.TryAdd((nint)address, (bytes, flag)), "a live allocation was given again");
        Expect(usableBytes >= (nuint)bytes, "less was granted than requested");
        Span(address, bytes).Fill(flag);
        _order.Add((nint)address);
        Bytes += bytes;
    }

    public void RemoveAt(int index)
    {
        Bytes -= _live[_order[index]].Bytes;
        _live.Remove(_order[index]);
        _order[index] = _order[^1];
        _order.RemoveAt(_order.Count - 1);
    }

    /// <summary>Compares with what a heap says.</summary>
    public void Check(int liveCount, nuint liveBytes, AllocationWalk table, Func<nint, nuint> usableBytes)
    {
        Expect(liveCount == _live.Count, $"{liveCount} live, {_live.Count} expected");
        Expect(liveBytes >= (nuint)Bytes, "fewer bytes granted than requested");
        nint end = 0;
        var seen = 0;
        foreach (var allocation in table)
        {
            var start = (nint)allocation.Address;
            Expect(start >= end, "the table is out of order, or two allocations overlap");
            Expect(_live.TryGetValue(start, out var entry), "the table shows something that is not live");
            Expect(allocation.ByteCount >= (nuint)entry.Bytes, "less was granted than requested");
            Expect(usableBytes(start) == allocation.ByteCount, "two sizes of one allocation");
            end = start + (nint)allocation.ByteCount;
            seen++;
        }
        Expect(seen == _live.Count, $"the table shows {seen} of {_live.Count}");
    }

    public void Expect(bool holds, string what) => Assert.True(holds, $"{what} ({run})");
}
