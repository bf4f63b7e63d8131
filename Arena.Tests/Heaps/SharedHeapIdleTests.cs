using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Heaps;

/// <summary>The free memory of a live but idle thread serves another thread before that one is refused.</summary>
public sealed unsafe class SharedHeapIdleTests
{
    private const int ArenaBytes = 64 << 20;

    [Theory]
    [InlineData(16)]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(5_000)]
    [InlineData(40_000)]
    [InlineData(200_000)]
    public void What_an_idle_thread_has_freed_itself_serves_another_one(int byteCount)
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = ArenaBytes });
        using var heap = new SharedHeap(arena);
        using var idle = new OtherThread();
        var most = 0;
        idle.Call(() =>
        {
            var addresses = Fill(heap, byteCount);
            most = addresses.Count;
            Shuffle(addresses, 1);
            foreach (var address in addresses)
                heap.Free((void*)address);
        });

        var own = Fill(heap, byteCount);

        Assert.True(own.Count >= most * 0.9, $"{own.Count} of {most}");
        AssertUsable(heap, idle, own);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(40_000)]
    public void What_was_freed_of_an_idle_thread_serves_who_freed_it(int byteCount)
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = ArenaBytes });
        using var heap = new SharedHeap(arena);
        using var idle = new OtherThread();
        List<nint> addresses = [];
        idle.Call(() => addresses = Fill(heap, byteCount));
        Shuffle(addresses, 2);
        foreach (var address in addresses)
            heap.Free((void*)address);

        var own = Fill(heap, byteCount);

        Assert.True(own.Count >= addresses.Count * 0.9, $"{own.Count} of {addresses.Count}");
        AssertUsable(heap, idle, own);
    }

    [Fact]
    public void A_block_of_half_the_arena_is_found_behind_idle_threads()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = ArenaBytes });
        using var heap = new SharedHeap(arena);
        using var idle = new OtherThread();
        idle.Call(() =>
        {
            foreach (var address in Fill(heap, 700))
                heap.Free((void*)address);
        });

        Assert.True(heap.TryAllocate(ArenaBytes / 2, 16, out var block));

        heap.Free(block);
        AssertUsable(heap, idle, []);
    }

    [Fact]
    public void A_budget_that_an_idle_thread_has_used_up_serves_another_one()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "budget", BudgetBytes = 16 << 20 });
        using var heap = new SharedHeap(arena);
        using var idle = new OtherThread();
        idle.Call(() =>
        {
            foreach (var address in Fill(heap, 100))
                heap.Free((void*)address);
        });

        Assert.True(Fill(heap, 3_000).Count * 3_000L > (16 << 20) * 0.85);
    }

    [Fact]
    public void A_request_to_trim_reaches_threads_that_make_no_call()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "trim", ReserveBytes = ArenaBytes });
        using var heap = new SharedHeap(arena);
        using var idle = new OtherThread();
        idle.Call(() =>
        {
            var addresses = new nint[200_000];
            for (var i = 0; i < addresses.Length; i++)
                addresses[i] = (nint)heap.Allocate(100);
            foreach (var address in addresses)
                heap.Free((void*)address);
        });
        var before = heap.CommittedBytes;

        Assert.True(heap.RequestTrim() > before * 0.8);

        AssertUsable(heap, idle, []);
    }

    /// <summary>
    /// Threads that allocate and free at random in an arena that is too small for all of them, so that each takes from
    /// the others all the time. No place is handed out twice, and none is lost.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Threads_that_take_from_each_other_keep_what_is_theirs(int seed)
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "contended", ReserveBytes = 8 << 20 });
        using var heap = new SharedHeap(arena);
        var refused = 0;
        var failures = new List<string>();
        var threads = new Thread[4];
        for (var i = 0; i < threads.Length; i++)
        {
            var number = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    Interlocked.Add(ref refused, Churn(heap, seed * 100 + number));
                }
                catch (Exception failure)
                {
                    lock (failures)
                        failures.Add($"seed {seed}, thread {number}: {failure}");
                }
            });
            threads[i].Start();
        }
        foreach (var thread in threads)
            thread.Join();

        Assert.Empty(failures);
        Assert.Equal(0, heap.LiveCount);
        Assert.True(refused > 0, "the arena was never too small");
        heap.TrimAll();
        Assert.True(Fill(heap, 100).Count * 112L > (8 << 20) * 0.7);
    }

    private static int Churn(SharedHeap heap, int seed)
    {
        var random = new Random(seed);
        var live = new List<(nint Address, int Bytes, byte Mark)>();
        var refused = 0;
        for (var step = 0; step < 60_000; step++)
        {
            // Now and then it rests with much that is free, or with much that is live.
            var wanted = (step >> 12 & 1) == 0 ? 3_000 : 100;
            if (random.Next(live.Count + wanted) < wanted)
            {
                var bytes = random.Next(20) == 0 ? random.Next(60_000) : random.Next(1, 1_500);
                if (!heap.TryAllocate((nuint)bytes, 16, out var address))
                {
                    refused++;
                    continue;
                }
                var mark = (byte)random.Next(256);
                new Span<byte>(address, bytes).Fill(mark);
                live.Add(((nint)address, bytes, mark));
            }
            else if (live.Count > 0)
            {
                Free(heap, live, random.Next(live.Count));
            }
        }
        while (live.Count > 0)
            Free(heap, live, live.Count - 1);
        return refused;
    }

    private static void Free(SharedHeap heap, List<(nint Address, int Bytes, byte Mark)> live, int index)
    {
        var (address, bytes, mark) = live[index];
        if (new Span<byte>((void*)address, bytes).ContainsAnyExcept(mark))
            throw new InvalidOperationException($"{bytes} bytes at 0x{address:x} were handed out twice.");
        live[index] = live[^1];
        live.RemoveAt(live.Count - 1);
        heap.Free((void*)address);
    }

    // Both the heap and the thread that was idle continue as if nothing had happened.
    private static void AssertUsable(SharedHeap heap, OtherThread idle, List<nint> own)
    {
        Assert.Equal(own.Count, heap.LiveCount);
        Assert.Equal(own.Count, own.Distinct().Count());
        foreach (var address in own)
            heap.Free((void*)address);
        idle.Call(() =>
        {
            var addresses = Fill(heap, 64);
            Assert.Equal(addresses.Count, addresses.Distinct().Count());
            foreach (var address in addresses)
                heap.Free((void*)address);
        });
        Assert.Equal(0, heap.LiveCount);
    }

    private static List<nint> Fill(SharedHeap heap, int byteCount)
    {
        var addresses = new List<nint>();
        while (heap.TryAllocate((nuint)byteCount, 16, out var address))
            addresses.Add((nint)address);
        return addresses;
    }

    private static void Shuffle(List<nint> addresses, int seed) =>
        new Random(seed).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(addresses));
}
