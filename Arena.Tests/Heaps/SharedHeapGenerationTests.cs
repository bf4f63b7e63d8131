using Arena.Pools;
using Arena.Tests.Threads;
using Xunit.Abstractions;

namespace Arena.Tests.Heaps;

/// <summary>Generations of threads, whose memory another thread frees, and threads that lie idle.</summary>
public sealed unsafe class SharedHeapGenerationTests(ITestOutputHelper output) : IDisposable
{
    private const int Threads = 4;
    private const int Mark = 0x5EED;

    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Theory]
    [InlineData(2000, 10_000)]
    [InlineData(400, 40_000)]
    [InlineData(60_000, 500)]
    public void Ten_generations_need_little_more_than_the_first(int largestBytes, int count)
    {
        using var heap = new SharedHeap(_arena);
        var committed = new List<nuint>();
        for (var generation = 0; generation < 10; generation++)
        {
            var live = new nint[Threads][];
            var first = 31 * generation;
            // All at a time: a thread that ended early would leave its segments to one that starts late.
            using var all = new Barrier(Threads);
            ThreadCrew.Run(Threads, number =>
            {
                all.SignalAndWait();
                live[number] = Allocate(heap, first + number, largestBytes, count);
                all.SignalAndWait();
            });
            foreach (var address in live.SelectMany(some => some))
                heap.Free((void*)address);
            Assert.Equal(0, heap.LiveCount);
            committed.Add(_arena.CommittedBytes);
        }
        output.WriteLine(string.Join(' ', committed.Select(bytes => bytes >> 10)));
        // Segments are adopted whole. A thread that begins late may find that others have adopted more than they need.
        Assert.InRange(committed[^1], 0u, committed[0] * 18 / 10);
        Assert.InRange(committed[^1], 0u, committed[4] * 12 / 10);
        heap.Trim();
        Assert.InRange(_arena.CommittedBytes, 0u, 1u << 20);
    }

    [Fact]
    public void One_thread_trims_for_all_at_a_quiet_point()
    {
        using var heap = new SharedHeap(_arena);
        using var idle = new OtherThread();
        var kept = idle.Call(() => FillAndFree(heap));
        Assert.True(_arena.CommittedBytes > 10 << 20, heap.ToString());
        heap.Trim();
        Assert.True(_arena.CommittedBytes > 10 << 20, heap.ToString());
        var before = _arena.CommittedBytes;
        Assert.Equal(before - heap.TrimAll(), _arena.CommittedBytes);
        Assert.InRange(_arena.CommittedBytes, 0u, 1u << 20);
        Assert.Equal(Mark, *(int*)kept);
        idle.Call(() =>
        {
            heap.Free((void*)kept);
            heap.Free((void*)FillAndFree(heap));
        });
        Assert.Equal(0, heap.LiveCount);
    }

    [Fact]
    public void A_thread_that_is_asked_trims_within_its_next_call()
    {
        using var heap = new SharedHeap(_arena);
        using var other = new OtherThread();
        var kept = other.Call(() => FillAndFree(heap));
        heap.RequestTrim();
        // The thread is idle: only what its last call may have been at waits for it.
        Assert.InRange(_arena.CommittedBytes, 0u, 2u << 20);
        other.Call(() => heap.Free(heap.Allocate(16)));
        Assert.InRange(_arena.CommittedBytes, 0u, 1u << 20);
        var again = other.Call(() => FillAndFree(heap));
        heap.RequestTrim();
        other.Call(() => heap.Free((void*)again));
        Assert.InRange(_arena.CommittedBytes, 0u, 1u << 20);
        Assert.Equal(Mark, *(int*)kept);
        // Asked once, it takes the fast path again.
        var signals = other.Call(() => *Owner(heap.Allocate(16)));
        Assert.Equal(0ul, signals & FastPath.Asked);
    }

    [Fact]
    public void Segments_go_back_while_other_threads_look_at_what_was_in_them()
    {
        const int Rounds = 60;
        using var heap = new SharedHeap(_arena);
        nint stale = 0;
        var isOver = false;
        ThreadCrew.Run(3, number =>
        {
            if (number != 0)
            {
                while (!Volatile.Read(ref isOver))
                {
                    if (number == 1)
                        Look(heap, Volatile.Read(ref stale));
                    else
                        _ = heap.LiveBytes;
                }
                return;
            }
            for (var round = 0; round < Rounds; round++)
            {
                var live = Allocate(heap, round, 3000, 200);
                Volatile.Write(ref stale, live[round % live.Length]);
                Array.ForEach(live, address => heap.Free((void*)address));
                heap.Trim();
            }
            Volatile.Write(ref isOver, true);
        });
        heap.Trim();
        Assert.Equal((0, 0), (heap.LiveCount, heap.BlockCount));
    }

    private static ulong* Owner(void* address) =>
        ((Segment*)((nuint)address & ~((nuint)Segment.LargestBytes - 1)))->Owner;

    private static void Look(SharedHeap heap, nint stale)
    {
        try
        {
            heap.UsableBytes((void*)stale);
        }
        catch (InvalidFreeException)
        {
        }
    }

    // All but one, which is marked.
    private static nint FillAndFree(SharedHeap heap)
    {
        var live = Allocate(heap, 1, 2000, 20_000);
        *(int*)live[100] = Mark;
        for (var i = 0; i < live.Length; i++)
        {
            if (i != 100)
                heap.Free((void*)live[i]);
        }
        return live[100];
    }

    private static nint[] Allocate(SharedHeap heap, int seed, int largestBytes, int count)
    {
        var random = new Random(seed);
        var live = new nint[count];
        for (var i = 0; i < count; i++)
            live[i] = (nint)heap.Allocate((nuint)random.Next(4, largestBytes));
        return live;
    }
}
