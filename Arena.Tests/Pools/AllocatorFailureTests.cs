using Arena.Pools;
using Arena.Tests.Os;
using Arena.Tests.Threads;

namespace Arena.Tests.Pools;

/// <summary>
/// Every call to the operating system fails, the first, the second and so on, under all allocators at once: each says
/// out of memory and nothing else, keeps its contents, and works again afterwards.
/// </summary>
public sealed unsafe class AllocatorFailureTests
{
    private const int Rounds = 1500;

    [LinuxTheory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(int.MaxValue, false)]
    [InlineData(int.MaxValue, true)]
    public void Any_call_may_fail_and_every_allocator_goes_on(int times, bool hugePages)
    {
        using var os = new FailingContext();
        for (var n = 1; ; n++)
        {
            os.FailAt(n, times: times);
            Play(os, hugePages, $"call {n}, {times} times");
            if (os.FailedCount == 0)
                break;
            Assert.True(n < 500, "the scenario never passes");
        }
    }

    private static void Play(FailingContext os, bool hugePages, string what)
    {
        PageArena arena;
        try
        {
            arena = new PageArena(new PageArenaOptions { Name = what, HugePages = hugePages }, os.Memory);
        }
        catch (ArenaOutOfMemoryException)
        {
            return;
        }
        var leaks = 0;
        arena.LeaksFound += leak => leaks += leak.LiveCount;
        using (arena)
        {
            var allocators = new List<IDisposable>();
            if (TryMake(() => new Pool<Line64>(arena), allocators) is { } pool)
                PlayPool(pool, os, what);
            var initial = new PoolOptions { InitialSlots = 100 };
            if (TryMake(() => new HandleMap<Line64>(arena, initial), allocators) is { } map)
                PlayMap(map, what);
            if (TryMake(() => new Heap(arena), allocators) is { } heap)
                PlayHeap(heap, os, what);
            if (TryMake(() => new SharedHeap(arena), allocators) is { } shared)
                PlayShared(shared, os, what);
            if (TryMake(() => new BuddyAllocator(arena, 1 << 20), allocators) is { } buddy)
                buddy.Free(buddy.Allocate(1000));
            if (TryMake(() => new FrameAllocator(arena), allocators) is { } frame)
                PlayFrame(frame);
            arena.Trim();
            allocators.ForEach(allocator => allocator.Dispose());
            Assert.True(arena.LentBytes == 0, $"{what}: {arena.LentBytes} bytes are still lent");
        }
        Assert.True(leaks == 0, $"{what}: {leaks} allocations were left");
    }

    private static void PlayPool(Pool<Line64> pool, FailingContext os, string what)
    {
        var slots = new List<nint>();
        for (var i = 0; i < Rounds; i++)
        {
            if (!pool.TryAllocate(out var slot))
                continue;
            slot->First = (nint)slot;
            slots.Add((nint)slot);
        }
        Assert.True(pool.LiveCount == slots.Count, $"{what}: {pool.LiveCount} live, {slots.Count} expected");
        foreach (var slot in slots)
        {
            Assert.True(((Line64*)slot)->First == slot, $"{what}: contents changed");
            pool.Free((Line64*)slot);
        }
        pool.Trim();
        Assert.True(os.FailedCount > 0 || slots.Count == Rounds, $"{what}: refused although nothing failed");
    }

    private static void PlayMap(HandleMap<Line64> map, string what)
    {
        var handles = new List<Handle<Line64>>();
        for (var i = 0; i < Rounds; i++)
        {
            if (map.TryAllocate(new Line64 { First = i }, out var handle))
                handles.Add(handle);
        }
        Assert.True(map.LiveCount == handles.Count, $"{what}: {map.LiveCount} live, {handles.Count} expected");
        Assert.All(handles, handle => Assert.True(map.Free(handle), what));
        map.Trim();
    }

    private static void PlayHeap(Heap heap, FailingContext os, string what)
    {
        var addresses = new List<nint>();
        for (var i = 0; i < 60; i++)
        {
            if (heap.TryAllocate((nuint)(i * i * i * 3), 16, out var address))
                addresses.Add((nint)address);
        }
        Assert.True(heap.LiveCount == addresses.Count, $"{what}: {heap.LiveCount} live, {addresses.Count} expected");
        foreach (var address in addresses)
            heap.Free((void*)address);
        heap.Trim();
        Assert.True(os.FailedCount > 0 || addresses.Count == 60, $"{what}: refused although nothing failed");
    }

    // The frees come from another thread, which sees no failures.
    private static void PlayShared(SharedHeap heap, FailingContext os, string what)
    {
        for (var round = 0; round < 2; round++)
        {
            var addresses = new List<nint>();
            for (var i = 0; i < 40; i++)
            {
                if (heap.TryAllocate((nuint)(i * i * i * 3), 16, out var address))
                    addresses.Add((nint)address);
            }
            Assert.True(heap.LiveCount == addresses.Count, $"{what}: {heap.LiveCount}, not {addresses.Count} live");
            OtherThread.Run(() => addresses.ForEach(address => heap.Free((void*)address)));
            Assert.True(os.FailedCount > 0 || addresses.Count == 40, $"{what}: refused although nothing failed");
            heap.Trim();
        }
        Assert.True(heap.LiveCount == 0, $"{what}: {heap.LiveCount} live");
    }

    private static void PlayFrame(FrameAllocator frame)
    {
        for (var i = 0; i < 6; i++)
        {
            if (frame.TryAllocate((nuint)(40_000 * i), 16, out var memory))
                new Span<byte>(memory, 40_000 * i).Fill(1);
            frame.NextFrame();
        }
    }

    private static T? TryMake<T>(Func<T> make, List<IDisposable> made)
        where T : class, IDisposable
    {
        try
        {
            var allocator = make();
            made.Add(allocator);
            return allocator;
        }
        catch (ArenaOutOfMemoryException)
        {
            return null;
        }
    }
}
