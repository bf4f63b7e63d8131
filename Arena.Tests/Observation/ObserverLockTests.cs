using Arena.Pools;

namespace Arena.Tests.Observation;

/// <summary>
/// Each notification waits until another thread has called whatever may be called from another thread. If a lock were
/// held by the notifying thread, the other one would never return.
/// </summary>
public sealed unsafe class ObserverLockTests : IDisposable
{
    // Only a failing test waits this long.
    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(20);

    private readonly PageArena _arena = new(new PageArenaOptions { Name = "hall", ReserveBytes = 1 << 30 });
    private readonly SharedHeap _shared;
    private readonly WorkerFrames _workers;
    private readonly Waiting _waiting;

    public ObserverLockTests()
    {
        _shared = new SharedHeap(_arena, "elsewhere");
        _workers = new WorkerFrames(_arena);
        _waiting = new Waiting(Elsewhere);
        _arena.Attach(_waiting);
        _arena.LeaksFound += _ => _waiting.Wait("leak");
    }

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void No_lock_is_held_while_blocks_of_the_arena_are_notified()
    {
        var block = _arena.Allocate(1);
        _arena.Free(block);
        Assert.Throws<InvalidFreeException>(() => _arena.Free(block));
        Assert.Throws<ArenaOutOfMemoryException>(() => _arena.Allocate(nuint.MaxValue));
        Assert.Equal(["allocated", "freed", "failed", "failed"], _waiting.Waited);
        _arena.Allocate(1);
        _arena.Dispose();
        Assert.Equal("leak", _waiting.Waited[^1]);
    }

    [Fact]
    public void No_lock_is_held_while_allocators_are_notified()
    {
        var pool = new Pool<long>(_arena, new PoolOptions { MaximumSlots = 1 });
        var map = new HandleMap<long>(_arena, new PoolOptions { MaximumSlots = 1 });
        var heap = new Heap(_arena);
        var shared = new SharedHeap(_arena);
        var full = new SharedPool<long>(_arena, new PoolOptions { MaximumSlots = 1 });
        var buddy = new BuddyAllocator(_arena, 1 << 20);
        Cycle(() => (nint)pool.Allocate(), slot => pool.Free((long*)slot), isFull: true);
        Cycle(() => (nint)full.Allocate(), slot => full.Free((long*)slot), isFull: true);
        Cycle(() => (nint)heap.Allocate(100), address => heap.Free((void*)address));
        Cycle(() => (nint)heap.Allocate(1 << 20), address => heap.Free((void*)address));
        Cycle(() => (nint)shared.Allocate(100), address => shared.Free((void*)address));
        Cycle(() => (nint)shared.Allocate(1 << 20), address => shared.Free((void*)address));
        Cycle(() => (nint)buddy.Allocate(100), region => buddy.Free((void*)region));
        map.Allocate(1);
        Assert.Throws<ArenaOutOfMemoryException>(() => map.Allocate(2));
        Assert.Throws<InvalidOperationException>(() => map[default]);
        heap.Reallocate(heap.Reallocate(heap.Allocate(100_000), 200_000), 50);
        shared.Reallocate(shared.Reallocate(shared.Allocate(100_000), 200_000), 50);
        buddy.Reallocate(buddy.Allocate(100), 10_000);
        Assert.Throws<ArenaOutOfMemoryException>(() => { heap.Allocate(nuint.MaxValue); });
        Assert.Throws<ArenaOutOfMemoryException>(() => { shared.Allocate(nuint.MaxValue); });
        pool.Clear();
        foreach (var disposable in new IDisposable[] { pool, map, heap, shared, full, buddy })
            disposable.Dispose();
        Assert.Equal(5, _waiting.Waited.Distinct().Count());
    }

    [Fact]
    public void No_lock_is_held_while_the_frames_of_workers_come_and_go()
    {
        using var tiny = new PageArena(new PageArenaOptions { Name = "tiny", BudgetBytes = 128 << 10 });
        tiny.Attach(_waiting);
        using var frames = new WorkerFrames(tiny);
        using var large = new WorkerFrames(tiny, 1 << 20);
        _waiting.AlsoElsewhere = () =>
        {
            _ = frames.Count + (int)frames.UsedBytes;
            frames.NextFrame();
            large.NextFrame();
            Assert.ThrowsAny<Exception>(() => large.Current);
        };
        _ = frames.Current;
        Assert.Throws<ArenaOutOfMemoryException>(() => large.Current);
        Assert.Throws<ArenaOutOfMemoryException>(() => { frames.Current.Allocate(1 << 20); });
        Assert.Equal(["cleared", "failed", "failed"], _waiting.Waited);
        frames.Dispose();
        Assert.Equal("cleared", _waiting.Waited[^1]);
        _waiting.AlsoElsewhere = null;
    }

    private static void Cycle(Func<nint> allocate, Action<nint> free, bool isFull = false)
    {
        var address = allocate();
        if (isFull)
            Assert.Throws<ArenaOutOfMemoryException>(() => allocate());
        Assert.Throws<InvalidFreeException>(() => free(address + 8));
        free(address);
        Assert.Throws<InvalidFreeException>(() => free(address));
    }

    // The calls that other threads may make at any time, even while the arena is being disposed.
    private void Elsewhere()
    {
        var observer = new RecordingObserver();
        Allocator?[] scratch = [];
        try
        {
            _arena.Free(_arena.Allocate(1));
            Assert.Throws<InvalidFreeException>(() => _arena.Free(new Block((void*)8, 1)));
            _arena.Trim();
            _shared.Free(_shared.Allocate(100));
            _shared.Free(_shared.Allocate(1 << 20));
            _workers.Current.Allocate(10);
            _arena.CountLive(ref scratch);
            _arena.Attach(observer);
            new BuddyAllocator(_arena, 4096).Dispose();
            _waiting.AlsoElsewhere?.Invoke();
        }
        catch (ObjectDisposedException)
        {
        }
        finally
        {
            _arena.Detach(observer);
        }
    }

    /// <summary>Waits, on the thread of the test, until a thread has done what it was given.</summary>
    private sealed class Waiting(Action elsewhere) : IAllocationObserver
    {
        private readonly int _thread = Environment.CurrentManagedThreadId;

        public List<string> Waited { get; } = [];

        public Action? AlsoElsewhere { get; set; }

        public void Allocated(in AllocationEvent allocation) => Wait("allocated");

        public void Freed(Allocator allocator, nuint address, nuint byteCount) => Wait("freed");

        public void Cleared(Allocator allocator) => Wait("cleared");

        public void Failed(PageArena arena, Exception failure) => Wait("failed");

        public void Wait(string notified)
        {
            if (Environment.CurrentManagedThreadId != _thread)
                return;
            Exception? failure = null;
            var thread = new Thread(() => failure = Record.Exception(elsewhere)) { IsBackground = true };
            thread.Start();
            // A failure within a notification may be dropped, and is missing from the list.
            Assert.True(thread.Join(Forever), $"a lock is held while '{notified}' is notified");
            Assert.Null(failure);
            Waited.Add(notified);
        }
    }
}
