using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Native;

/// <summary>A C library that calls from many threads, in a heap for many threads.</summary>
public sealed unsafe class NativeThreadsTests : IDisposable
{
    private readonly PageArena _arena = new(new PageArenaOptions { Name = "game", BudgetBytes = 64 << 20 });
    private readonly SharedHeap _heap;

    public NativeThreadsTests() => _heap = new SharedHeap(_arena, "jobs");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void What_one_thread_allocates_another_resizes_and_frees()
    {
        using var library = new NativeCallbacks(_heap, "codec");
        using var other = new OtherThread();
        var text = (nint)NativeCallbacks.Malloc(library.UserData, 100);
        new Span<byte>((void*)text, 100).Fill(7);
        var grown = other.Call(() => (nint)NativeCallbacks.Realloc(library.UserData, (void*)text, 1 << 20));
        Assert.False(new Span<byte>((void*)grown, 100).ContainsAnyExcept((byte)7));
        var zeros = other.Call(() => (nint)NativeCallbacks.Calloc(library.UserData, 10, 10));
        Assert.False(new Span<byte>((void*)zeros, 100).ContainsAnyExcept((byte)0));
        Assert.Equal((2, _heap.LiveBytes), (library.LiveCount, library.LiveBytes));
        NativeCallbacks.Free(library.UserData, (void*)grown);
        NativeCallbacks.Free(library.UserData, (void*)zeros);
        other.Call(() => NativeCallbacks.Free(library.UserData, (void*)zeros));
        Assert.Equal((0, (nuint)0, 1), (library.LiveCount, library.LiveBytes, library.FaultCount));
        Assert.IsType<InvalidFreeException>(library.LastFault);
        Assert.InRange(library.PeakLiveBytes, 1u << 20, 2u << 20);
    }

    [Fact]
    public void Two_threads_at_once_leave_the_sums_right()
    {
        using var library = new NativeCallbacks(_heap, "codec");
        var functions = library.WithoutUserData;
        var boxes = new nint[2, 64];
        using var start = new Barrier(2);
        void Work(int me)
        {
            var random = new Random(me);
            start.SignalAndWait();
            for (var i = 0; i < 1_000_000; i++)
            {
                // Whatever lies in a box is freed by whoever takes it out.
                var mine = (nint)functions.Malloc((nuint)random.Next(1, 500));
                *(int*)mine = i;
                var old = Interlocked.Exchange(ref boxes[random.Next(2), random.Next(64)], mine);
                functions.Free((void*)old);
            }
        }
        var threads = Enumerable.Range(0, 2).Select(me => new Thread(() => Work(me))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal((_heap.LiveCount, _heap.LiveBytes), (library.LiveCount, library.LiveBytes));
        foreach (var left in boxes)
            functions.Free((void*)left);
        Assert.Equal((0, (nuint)0, 0, 0), (library.LiveCount, library.LiveBytes, library.FaultCount, _heap.LiveCount));
        Assert.True(library.PeakLiveBytes > 0);
    }

    [Fact]
    public void Want_of_memory_is_null_and_throws_nothing()
    {
        using var library = new NativeCallbacks(_heap, "codec") { LimitBytes = 1 << 20 };
        var kept = NativeCallbacks.Malloc(library.UserData, 1000);
        Assert.True(NativeCallbacks.Malloc(library.UserData, 2 << 20) == null);
        library.LimitBytes = nuint.MaxValue;
        Assert.True(NativeCallbacks.Malloc(library.UserData, 100 << 20) == null);
        Assert.True(NativeCallbacks.Calloc(library.UserData, 100, 1 << 20) == null);
        Assert.True(NativeCallbacks.Realloc(library.UserData, kept, 100 << 20) == null);
        Assert.Equal((4L, 0, 1), (library.RefusedCount, library.FaultCount, library.LiveCount));
        NativeCallbacks.Free(library.UserData, kept);
        Assert.Throws<ArgumentNullException>(() => new NativeCallbacks((SharedHeap)null!, "codec"));
    }

    [Fact]
    public void A_driver_is_counted_by_scope_on_every_thread()
    {
        using var driver = new VulkanCallbacks(_heap);
        var callbacks = driver.Callbacks;
        void Work()
        {
            for (var i = 0; i < 20_000; i++)
            {
                var memory = callbacks.Allocation(callbacks.UserData, (nuint)(i % 300), 64, (int)VulkanScope.Object);
                callbacks.Free(callbacks.UserData, memory);
            }
        }
        var kept = (nint)callbacks.Allocation(callbacks.UserData, 100, 256, (int)VulkanScope.Device);
        var threads = Enumerable.Range(0, 2).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var objects = driver.Usage(VulkanScope.Object);
        Assert.Equal((0, (nuint)0), (objects.LiveCount, objects.LiveBytes));
        Assert.Equal(1, driver.Usage(VulkanScope.Device).LiveCount);
        OtherThread.Run(() => callbacks.Free(callbacks.UserData, (void*)kept));
        Assert.Equal((0, 0), (driver.LiveCount, driver.FaultCount));
    }
}
