using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Heaps;

/// <summary>Threads that come and go, and what they leave behind.</summary>
public sealed unsafe class SharedHeapThreadTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly SharedHeap _heap;
    private long _turns;

    public SharedHeapThreadTests() => _heap = new SharedHeap(_arena);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Two_hundred_threads_one_after_the_other_need_one_part_and_lose_nothing()
    {
        var left = new List<nint>();
        nuint committed = 0;
        for (var i = 0; i < 200; i++)
        {
            left.Add(OtherThread.Run(() =>
            {
                var live = Enumerable.Range(0, 500).Select(n => (nint)_heap.Allocate((nuint)n * 3)).ToArray();
                *(int*)live[100] = i;
                foreach (var address in live.Where((_, n) => n != 100))
                    _heap.Free((void*)address);
                return live[100];
            }));
            if (i == 5)
                committed = _heap.CommittedBytes;
        }
        Assert.Equal(1, _heap.PartCount);
        Assert.Equal(200, _heap.LiveCount);
        Assert.InRange(_heap.CommittedBytes, committed, committed + (128 << 10));
        for (var i = 0; i < left.Count; i++)
        {
            Assert.Equal(i, *(int*)left[i]);
            _heap.Free((void*)left[i]);
        }
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void What_an_ended_thread_left_goes_to_a_thread_that_needs_room()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "tight", BudgetBytes = 8 << 20 });
        using var heap = new SharedHeap(arena);
        var first = heap.Allocate(16);
        var live = OtherThread.Run(() => Fill(heap, 1000));
        Assert.True(live.Count * 1008 > 6 << 20, $"{live.Count}");
        foreach (var address in live)
            heap.Free((void*)address);
        var again = Fill(heap, 1000);
        Assert.True(again.Count > live.Count * 9 / 10, $"{again.Count} of {live.Count}");
        Assert.Equal(2, heap.PartCount);
        Assert.True(arena.CommittedBytes <= arena.BudgetBytes);
        heap.Free(first);
    }

    [Fact]
    public void Want_of_memory_is_not_reported_while_frees_of_other_threads_are_pending()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "tight", BudgetBytes = 2 << 20 });
        using var heap = new SharedHeap(arena);
        foreach (var bytes in new nuint[] { 64, 1000, 20_000 })
        {
            var live = Fill(heap, bytes);
            OtherThread.Run(() => heap.Free((void*)live[0]));
            Assert.True(heap.TryAllocate(bytes, 16, out var again), $"{bytes} bytes");
            OtherThread.Run(() => heap.Free((void*)live[1]));
            Assert.True(heap.TryAllocate(bytes, 16, out var next), $"{bytes} bytes");
            Assert.False(heap.TryAllocate(bytes, 16, out _));
            Assert.True(again != next);
            heap.Free(again);
            heap.Free(next);
            foreach (var address in live[2..])
                heap.Free((void*)address);
        }
    }

    [Theory]
    [InlineData(48, 16)]
    [InlineData(2000, 16)]
    [InlineData(2000, 256)]
    [InlineData(100_000, 4096)]
    public void Memory_stays_bounded_when_all_frees_come_from_another_thread(int bytes, int alignment)
    {
        using var consumer = new OtherThread();
        var batch = new nint[200_000 / bytes + 4];
        nuint most = 0;
        for (var round = 0; round < 300; round++)
        {
            for (var i = 0; i < batch.Length; i++)
                batch[i] = (nint)_heap.Allocate((nuint)bytes, (nuint)alignment);
            consumer.Call(() => Array.ForEach(batch, address => _heap.Free((void*)address)));
            if (round == 10)
                most = _heap.CommittedBytes;
        }
        Assert.InRange(_heap.CommittedBytes, 0u, most + (256 << 10));
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void What_others_free_in_plenty_is_taken_a_part_at_a_time_and_all_of_it()
    {
        // Some thousand pages, in several segments; an allocation visits 64 at most.
        var places = new nint[40_000];
        nuint first = 0;
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < places.Length; i++)
                places[i] = (nint)_heap.Allocate((nuint)(i % 5 == 0 ? 600 : 300));
            var committed = _heap.CommittedBytes;
            OtherThread.Run(() =>
            {
                foreach (var place in places)
                    _heap.Free((void*)place);
            });
            Assert.Equal(0, _heap.LiveCount);
            if (round == 0)
                first = committed;
            Assert.InRange(committed, first, first + first / 8);
        }
    }

    [Fact]
    public void Trim_gives_back_what_ended_threads_left()
    {
        var keep = OtherThread.Run(() =>
        {
            var live = Enumerable.Range(0, 5000).Select(_ => (nint)_heap.Allocate(1000)).ToArray();
            for (var i = 1; i < live.Length; i++)
                _heap.Free((void*)live[i]);
            return live[0];
        });
        _heap.Allocate(16);
        var before = _arena.CommittedBytes;
        Assert.True(before > 5_000_000);
        var givenBack = _heap.Trim();
        Assert.Equal(before - _arena.CommittedBytes, givenBack);
        Assert.True(_heap.CommittedBytes < 1 << 20, $"{_heap.CommittedBytes}");
        Assert.Equal(2, _heap.LiveCount);
        _heap.Free((void*)keep);
    }

    [Fact]
    public void Steps_of_trim_take_what_is_pending_and_give_idle_pages_back()
    {
        Assert.Equal(0u, _heap.TrimStep(100));
        var live = Enumerable.Range(0, 5000).Select(_ => (nint)_heap.Allocate(1000)).ToArray();
        OtherThread.Run(() => Array.ForEach(live, address => _heap.Free((void*)address)));
        var before = _arena.CommittedBytes;
        nuint total = 0;
        for (var i = 0; i < 64 * 64; i++)
            total += _heap.TrimStep(64);
        Assert.Equal(before - _arena.CommittedBytes, total);
        Assert.True(_heap.CommittedBytes < 1 << 20, $"{_heap.CommittedBytes}");
    }

    [Fact]
    public void A_watcher_that_comes_and_goes_while_threads_work_sees_what_lives()
    {
        using var stop = new CancellationTokenSource();
        var workers = Enumerable.Range(0, 3).Select(n => new Thread(() => Churn(n, stop.Token))).ToList();
        workers.ForEach(worker => worker.Start());
        for (var i = 0; i < 30; i++)
        {
            using var tracker = LeakTracker.Attach(_arena);
            WaitForTurns(100);
            tracker.Report();
        }
        using (var tracker = LeakTracker.Attach(_arena))
        {
            var mine = _heap.Allocate(777);
            stop.Cancel();
            workers.ForEach(worker => worker.Join());
            Assert.Equal(1, tracker.Report().LiveCount);
            OtherThread.Run(() => Assert.True(_heap.Allocate(5) != null));
            Assert.Equal(2, tracker.Report().LiveCount);
            _heap.Free(mine);
        }
        foreach (var allocation in _heap.Allocations())
            _heap.Free(allocation.Address);
        Assert.Equal(0, _heap.LiveCount);
        // Detached again, a new part and the old ones take the fast path.
        Assert.Equal(0ul, *Owner(_heap.Allocate(1)) & FastPath.Observed);
        OtherThread.Run(() => Assert.Equal(0ul, *Owner(_heap.Allocate(1)) & FastPath.Observed));
    }

    [Fact]
    public void Seventy_heaps_in_one_thread_keep_apart()
    {
        var heaps = Enumerable.Range(0, 70).Select(n => new SharedHeap(_arena, $"heap {n}")).ToArray();
        for (var round = 0; round < 3; round++)
        {
            var live = heaps.Select(heap => (nint)heap.Allocate(100)).ToArray();
            for (var i = 0; i < heaps.Length; i++)
            {
                Assert.Equal((1, 1), (heaps[i].PartCount, heaps[i].LiveCount));
                Assert.Throws<InvalidFreeException>(() => heaps[(i + 6) % 70].Free((void*)live[i]));
                Assert.Throws<InvalidFreeException>(() => heaps[(i + 64) % 70].Free((void*)live[i]));
                heaps[i].Free((void*)live[i]);
            }
        }
        Array.ForEach(heaps, heap => heap.Dispose());
    }

    [Fact]
    public void Threads_have_pages_of_their_own()
    {
        var mine = (nuint)_heap.Allocate(64);
        var other = OtherThread.Run(() => (nint)_heap.Allocate(64));
        Assert.NotEqual(mine / Segment.LargestBytes, (nuint)other / Segment.LargestBytes);
        Assert.True(Owner((void*)mine) != Owner((void*)other));
        var signals = (nuint)Owner((void*)mine);
        Assert.Equal(0u, signals % 128);
    }

    private static ulong* Owner(void* address) =>
        ((Segment*)((nuint)address & ~((nuint)Segment.LargestBytes - 1)))->Owner;

    private static List<nint> Fill(SharedHeap heap, nuint bytes)
    {
        var live = new List<nint>();
        while (heap.TryAllocate(bytes, 16, out var address))
            live.Add((nint)address);
        return live;
    }

    private nint Allocate(int bytes, byte flag)
    {
        var address = (byte*)_heap.Allocate((nuint)bytes + 4);
        *(int*)address = bytes;
        new Span<byte>(address + 4, bytes).Fill(flag);
        return (nint)address;
    }

    private void Verify(nint address, byte flag)
    {
        var bytes = new Span<byte>((byte*)address + 4, *(int*)address);
        Assert.False(bytes.ContainsAnyExcept(flag));
        _heap.Free((void*)address);
    }

    // It waits until the churning threads have done this much more work.
    private void WaitForTurns(long turns)
    {
        var goal = Volatile.Read(ref _turns) + turns;
        SpinWait.SpinUntil(() => Volatile.Read(ref _turns) >= goal);
    }

    private void Churn(int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        var live = new Queue<nint>();
        while (!stop.IsCancellationRequested)
        {
            live.Enqueue(Allocate(random.Next(2000), (byte)seed));
            if (live.Count > 50)
                Verify(live.Dequeue(), (byte)seed);
            Interlocked.Increment(ref _turns);
        }
        foreach (var address in live)
            Verify(address, (byte)seed);
    }
}
