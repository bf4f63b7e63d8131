using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Heaps;

/// <summary>Trimming in steps where the system's pages are larger than a heap's.</summary>
public sealed unsafe class HeapPageSizeTests
{
    [LinuxTheory]
    [InlineData(4 << 10)]
    [InlineData(16 << 10)]
    [InlineData(64 << 10)]
    public void Idle_runs_without_a_whole_page_of_the_system_do_not_stop_the_steps(int pageBytes)
    {
        using var os = new FailingContext(FailingContext.TakingAccess, pageBytes);
        using var arena = new PageArena(new PageArenaOptions { Name = "hall" }, os.Memory);
        using var heap = new Heap(arena);
        var live = new List<nint>();
        for (var i = 0; i < 400; i++)
        {
            live.Add((nint)heap.Allocate(9 << 10));
            *(nint*)live[i] = live[i];
        }
        // Short runs in front, a long one behind.
        for (var i = 1; i < 40; i += 2)
            heap.Free((void*)live[i]);
        for (var i = 40; i < 399; i++)
            heap.Free((void*)live[i]);
        var committed = heap.CommittedBytes;
        for (var i = 0; i < 20 * 64; i++)
            heap.TrimStep(64);
        Assert.True(
            heap.CommittedBytes < committed - (2 << 20), $"{heap.CommittedBytes} of {committed} bytes are committed");
        Assert.All(live.Where((_, i) => i < 40 && i % 2 == 0), address => Assert.Equal(address, *(nint*)address));
        Assert.Equal(live[399], *(nint*)live[399]);
        for (var i = 0; i < 1000; i++)
            new Span<byte>(heap.AllocateZeroed(5000), 5000).Fill(1);
    }

    [LinuxTheory]
    [InlineData(16 << 10)]
    [InlineData(64 << 10)]
    public void Heaps_of_small_arenas_work_with_large_pages(int pageBytes)
    {
        using var os = new FailingContext(FailingContext.TakingAccess, pageBytes);
        foreach (var reserveBytes in new nuint[] { 1 << 20, 4 << 20, 64 << 20 })
        {
            using var arena = new PageArena(new PageArenaOptions { ReserveBytes = reserveBytes }, os.Memory);
            using var heap = new Heap(arena);
            var random = new Random(pageBytes);
            var live = new List<nint>();
            for (var i = 0; i < 3000; i++)
            {
                var byteCount = random.Next(1, random.Next(20) == 0 ? 60_000 : 600);
                if (!heap.TryAllocate((nuint)byteCount, 16, out var address))
                {
                    live.ForEach(each => heap.Free((void*)each));
                    live.Clear();
                    heap.Trim();
                    continue;
                }
                new Span<byte>(address, byteCount).Fill(1);
                live.Add((nint)address);
                heap.TrimStep(100);
            }
            Assert.True(live.Count > 0);
            Assert.Equal(live.Count, heap.LiveCount);
        }
    }

    [LinuxFact]
    public void A_step_makes_a_few_calls_however_many_segments_it_visits()
    {
        using var os = new FailingContext(FailingContext.TakingAccess);
        using var arena = new PageArena(new PageArenaOptions { Name = "hall" }, os.Memory);
        using var heap = new Heap(arena);
        var live = new List<nint>();
        for (var i = 0; i < 150 * 16; i++)
            live.Add((nint)heap.Allocate(100 << 10));
        for (var i = 0; i < live.Count; i += 2)
            heap.Free((void*)live[i]);
        nuint givenBack = 0;
        for (var i = 0; i < 3 * 64; i++)
        {
            os.Reset();
            givenBack += heap.TrimStep(int.MaxValue);
            Assert.InRange(os.CallsOf("mmap"), 0, 4);
        }
        Assert.True(givenBack > 10 << 20, $"{givenBack} bytes were given back");
    }
}
