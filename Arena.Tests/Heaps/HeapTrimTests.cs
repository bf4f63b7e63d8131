using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Heaps;

/// <summary>Memory that goes back to the operating system, measured from there.</summary>
public sealed unsafe class HeapTrimTests : IDisposable
{
    private const int Rounds = 3 * 64;
    private readonly PageArena _arena = new("test");
    private readonly Heap _heap;

    public HeapTrimTests() => _heap = new Heap(_arena);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Trim_gives_the_storage_of_everything_that_is_not_live_back_at_once()
    {
        var live = Fill(20 << 20, 3000);
        var full = Resident();
        Assert.True(full > 20u << 20);
        Free(live, keepEvery: 100);
        var committed = _arena.CommittedBytes;
        Assert.Equal(_heap.Trim(), committed - _arena.CommittedBytes);
        Assert.True(Resident() < full / 5, $"{Resident()} of {full} bytes are resident");
        Assert.True(_heap.CommittedBytes < full / 5);
        Check(live);
    }

    [Fact]
    public void Steps_give_idle_pages_back_a_few_at_a_time()
    {
        var live = Fill(8 << 20, 2000);
        Free(live, keepEvery: 50);
        var before = Resident();
        var committed = _arena.CommittedBytes;
        nuint total = 0;
        for (var i = 0; i < Rounds; i++)
        {
            var givenBack = _heap.TrimStep(16);
            Assert.InRange(givenBack, 0u, 16 * 4096u + (nuint)Segment.LargestBytes * (i > 64 ? 1u : 0u));
            total += givenBack;
        }
        Assert.True(total > 0);
        Assert.Equal(total, committed - _arena.CommittedBytes);
        for (var i = 0; i < 20 * Rounds; i++)
            _heap.TrimStep(64);
        Assert.True(Resident() < before / 3, $"{Resident()} of {before} bytes are resident");
        Check(live);
    }

    [Fact]
    public void What_is_used_again_and_again_is_not_given_back()
    {
        var random = new Random(1);
        var live = Fill(4 << 20, 2000);
        var givenBack = new List<nuint>();
        for (var frame = 0; frame < 40 * 64; frame++)
        {
            for (var i = 0; i < 40; i++)
            {
                var pick = random.Next(live.Count);
                _heap.Free((void*)live[pick].Address);
                live[pick] = Allocate(random.Next(1, 2000));
            }
            givenBack.Add(_heap.TrimStep(16));
        }
        var late = givenBack.Skip(20 * 64).Sum(bytes => (long)bytes);
        Assert.True(late < (long)_heap.CommittedBytes / 4, $"{late} bytes were given back and taken again");
        Check(live);
    }

    [Fact]
    public void A_step_of_no_pages_gives_nothing_back_and_a_negative_one_is_refused()
    {
        Free(Fill(2 << 20, 500), keepEvery: int.MaxValue);
        for (var i = 0; i < Rounds; i++)
            Assert.Equal(0u, _heap.TrimStep(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _heap.TrimStep(-1));
    }

    [Fact]
    public void Steps_make_no_garbage()
    {
        nuint given = 0;
        Assert.Equal(0, Garbage.Of(() => Free(Fill(4 << 20, 1000), keepEvery: 10), () =>
        {
            given = 0;
            for (var i = 0; i < Rounds; i++)
                given += _heap.TrimStep(4);
        }));
        Assert.NotEqual(0u, given);
    }

    [Fact]
    public void Memory_that_comes_back_reads_as_zero_when_that_is_asked_for()
    {
        Free(Fill(6 << 20, 40_000), keepEvery: int.MaxValue);
        _heap.Trim();
        for (var i = 0; i < 300; i++)
        {
            var address = _heap.AllocateZeroed((nuint)(100 * i));
            Assert.False(new Span<byte>(address, 100 * i).ContainsAnyExcept((byte)0));
            new Span<byte>(address, 100 * i).Fill(0xA5);
            if (i % 3 == 0)
                _heap.Free(address);
        }
    }

    [LinuxTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Pages_that_the_system_refuses_to_take_stay_usable(int failAt)
    {
        using var os = new FailingContext();
        using var arena = new PageArena(new PageArenaOptions { Name = "hall" }, os.Memory);
        using var heap = new Heap(arena);
        var live = new List<nint>();
        for (var i = 0; i < 2000; i++)
            live.Add((nint)heap.Allocate(3000));
        for (var i = 0; i < 2000; i++)
        {
            if (i / 50 % 2 == 0)
                heap.Free((void*)live[i]);
            else
                new Span<byte>((void*)live[i], 3000).Fill(unchecked((byte)i));
        }
        os.FailAt(failAt, times: int.MaxValue);
        heap.Trim();
        os.Reset();
        for (var i = 0; i < 1000; i++)
            new Span<byte>(heap.Allocate(3000), 3000).Fill(7);
        for (var i = 0; i < 2000; i++)
        {
            if (i / 50 % 2 != 0)
                Assert.False(new Span<byte>((void*)live[i], 3000).ContainsAnyExcept(unchecked((byte)i)));
        }
    }

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_committed_is_reported_and_known_to_be_used_whatever_the_system_refuses(bool isShared)
    {
        using var os = new FailingContext();
        using var arena = new PageArena(new PageArenaOptions { Name = "hall", ReserveBytes = 256 << 20 }, os.Memory);
        using var heap = isShared ? null : new Heap(arena);
        using var shared = isShared ? new SharedHeap(arena) : null;
        var live = new List<nint>();
        for (var round = 0; round < 6; round++)
        {
            for (var i = 0; i < 3000; i++)
            {
                var address = heap is not null ? heap.AllocateZeroed(3000) : shared!.AllocateZeroed(3000);
                Assert.False(new Span<byte>(address, 3000).ContainsAnyExcept((byte)0));
                new Span<byte>(address, 3000).Fill(1);
                live.Add((nint)address);
            }
            Assert.Equal(arena.LentBytes, heap?.CommittedBytes ?? shared!.CommittedBytes);
            foreach (var address in live)
            {
                heap?.Free((void*)address);
                shared?.Free((void*)address);
            }
            live.Clear();
            if (round % 3 < 2)
                os.FailAt(round % 3 + 1, times: round % 3 == 0 ? int.MaxValue : 2);
            _ = heap?.Trim() ?? shared!.Trim();
            os.Reset();
            Assert.Equal(arena.LentBytes, heap?.CommittedBytes ?? shared!.CommittedBytes);
        }
    }

    private List<(nint Address, int Bytes)> Fill(int byteCount, int largest)
    {
        var random = new Random(7);
        var live = new List<(nint, int)>();
        for (var bytes = 0; bytes < byteCount;)
        {
            live.Add(Allocate(random.Next(1, largest)));
            bytes += live[^1].Item2;
        }
        return live;
    }

    private (nint Address, int Bytes) Allocate(int byteCount)
    {
        var address = _heap.Allocate((nuint)byteCount);
        new Span<byte>(address, byteCount).Fill(unchecked((byte)byteCount));
        return ((nint)address, byteCount);
    }

    private void Free(List<(nint Address, int Bytes)> live, int keepEvery)
    {
        for (var i = live.Count - 1; i >= 0; i--)
        {
            if (i % keepEvery == 1)
                continue;
            _heap.Free((void*)live[i].Address);
            live.RemoveAt(i);
        }
    }

    private static void Check(List<(nint Address, int Bytes)> live)
    {
        foreach (var (address, bytes) in live)
        {
            var changed = new Span<byte>((void*)address, bytes).ContainsAnyExcept(unchecked((byte)bytes));
            Assert.False(changed, "contents changed");
        }
    }

    private nuint Resident() => ResidentMemory.Bytes(_arena.Base, _arena.KnownBytes);
}
