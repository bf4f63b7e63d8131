using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Relocation;

/// <summary>The OS refuses the n-th call of a compaction, for each n that there is.</summary>
[Collection(nameof(PageSharingTests))]
public sealed class RefusedCompactionTests
{
    [LinuxTheory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_heap_keeps_every_byte_whatever_call_is_refused(bool takesAccess, bool sharesPages)
    {
        for (var n = 1; ; n++)
        {
            using var os = new FailingContext(takesAccess ? FailingContext.TakingAccess : FailingContext.Running);
            using var arena = new PageArena(
                new PageArenaOptions { Name = "level", ReserveBytes = 64 << 20, SharePages = sharesPages }, os.Memory)
            {
                IgnoreLeaks = true,
            };
            using var heap = new RelocatableHeap(arena);
            var survivors = Scatter(heap, 1500);
            // Moves need calls for storage, too.
            heap.Trim();
            var committed = arena.CommittedBytes;
            os.FailAt(n);
            var result = heap.Compact(nuint.MaxValue);
            var wasRefused = os.FailedCount != 0;
            os.Reset();
            Check(heap, survivors, n);
            Assert.True(arena.CommittedBytes <= committed, $"call {n}: {arena.CommittedBytes} of {committed}");
            while (!heap.Compact(nuint.MaxValue).IsDone)
            {
            }
            Check(heap, survivors, n);
            survivors.ForEach(each => heap.Free(each.Handle));
            Assert.Equal(0, heap.LiveCount);
            if (!wasRefused)
            {
                Assert.True(n > 3 && result.MovedBytes > 0, $"{n} calls, {result}");
                return;
            }
        }
    }

    [LinuxFact]
    public void A_map_in_an_arena_that_shares_pages_has_no_call_to_refuse()
    {
        using var os = new FailingContext();
        using var arena = new PageArena(new PageArenaOptions { Name = "level", SharePages = true }, os.Memory);
        using var map = new HandleMap<long>(arena);
        List<Handle<long>> handles = [.. Enumerable.Range(0, 5000).Select(i => map.Allocate(i))];
        for (var i = 0; i < handles.Count; i++)
        {
            if (i % 10 != 0)
                map.Free(handles[i]);
        }
        os.FailAt(1);
        Assert.Equal((nuint)0, map.Compact(int.MaxValue));
        Assert.Equal(0, os.CallCount);
        os.Reset();
        for (var i = 0; i < handles.Count; i++)
        {
            Assert.Equal(i % 10 == 0, map.Contains(handles[i]));
            Assert.Equal(i % 10 == 0, map.Free(handles[i]));
        }
    }

    [LinuxTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void In_the_middle_of_a_round_a_pool_and_a_heap_may_go_in_any_order(bool arenaGoesFirst)
    {
        var arena = new PageArena(new PageArenaOptions { Name = "level", SharePages = true }) { IgnoreLeaks = true };
        var pool = new Pool<long>(arena);
        var heap = new RelocatableHeap(arena);
        List<(RelocatableHandle Handle, byte Mark)> survivors = [];
        for (var round = 0; round < 3; round++)
        {
            survivors.AddRange(Scatter(heap, 3000));
            for (var i = 0; i < 60_000; i++)
            {
                ref var slot = ref pool.Add(i);
                if (i % 100 != i / 512 % 50)
                    pool.Free(ref slot);
            }
            using var pin = heap.Pin(survivors[round].Handle);
            heap.CompactStep(TimeSpan.Zero);
            pool.CompactStep(TimeSpan.Zero);
            arena.Trim();
            heap.Trim();
            pool.Trim();
        }
        Check(heap, survivors, 0);
        if (arenaGoesFirst)
            arena.Dispose();
        pool.Dispose();
        heap.Dispose();
        arena.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.CompactStep(TimeSpan.Zero));
        Assert.Throws<ObjectDisposedException>(() => heap.CompactStep(TimeSpan.Zero));
        Assert.Throws<ObjectDisposedException>(() => pool.Compact(1));
        // A capture's thread may still read them.
        Assert.Equal(0, pool.Compaction!.SharedBytes);
        Assert.InRange(heap.Compaction.MovedBytes, 0, long.MaxValue);
    }

    private static List<(RelocatableHandle Handle, byte Mark)> Scatter(RelocatableHeap heap, int count)
    {
        List<(RelocatableHandle Handle, byte Mark)> survivors = [];
        List<RelocatableHandle> dead = [];
        for (var i = 0; i < count; i++)
        {
            var handle = heap.Allocate((nuint)(i % 7 * 700 + 20));
            heap.Span(handle).Fill((byte)i);
            if (i % 9 == 0)
                survivors.Add((handle, (byte)i));
            else
                dead.Add(handle);
        }
        dead.ForEach(heap.Free);
        return survivors;
    }

    private static void Check(RelocatableHeap heap, List<(RelocatableHandle Handle, byte Mark)> survivors, int n)
    {
        Assert.Equal(survivors.Count, heap.LiveCount);
        foreach (var (handle, mark) in survivors)
            Assert.False(heap.Span(handle).ContainsAnyExcept(mark), $"call {n}: {handle} changed");
    }
}
