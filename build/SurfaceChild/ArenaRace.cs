using Arena;
using Arena.Pools;

namespace SurfaceChild;

/// <summary>
/// Threads use an arena as hard as they can until it is gone, which is soon: every call succeeds before, or throws.
/// </summary>
internal sealed unsafe class ArenaRace(PageArena arena, Log log, int threads)
{
    public void Play(int seed)
    {
        var random = new Random(seed);
        var users = Enumerable.Range(0, threads).Select(_ => random.Next()).Select(user => new Thread(() => Use(user)))
            .ToArray();
        Array.ForEach(users, user => user.Start());
        var step = random.Next(2_000);
        for (var i = 0; i < step; i++)
            arena.Free(arena.Allocate(1));
        arena.Dispose();
        Array.ForEach(users, user => user.Join());
        if (arena.CommittedBytes + arena.LentBytes != 0)
            log.Found("a disposed arena has committed bytes");
    }

    private void Use(int seed)
    {
        var random = new Random(seed);
        var held = new Queue<Block>();
        try
        {
            while (true)
                Step(random, held);
        }
        catch (ObjectDisposedException)
        {
        }
        catch (Exception e)
        {
            log.Found($"arena race: {e}");
        }
    }

    private void Step(Random random, Queue<Block> held)
    {
        switch (random.Next(8))
        {
            case 0 or 1:
                held.Enqueue(arena.Allocate((nuint)random.Next(1, 100_000)));
                break;
            case 2 or 3 when held.Count > 0:
                arena.Free(held.Dequeue());
                break;
            case 4:
                arena.Trim();
                break;
            case 5:
                arena.Attach(new IdleObserver());
                break;
            case 6:
                // Disposed by this thread or by the arena, whichever comes first.
                MakeOne(random.Next(7)).Dispose();
                break;
            default:
                if (!arena.Contains((void*)64) && arena.CommittedBytes > arena.PeakCommittedBytes)
                    log.Found("more committed than the peak");
                break;
        }
        while (held.Count > 50)
            arena.Free(held.Dequeue());
    }

    private IDisposable MakeOne(int number) => number switch
    {
        0 => new FrameAllocator(arena, 1000),
        1 => new BuddyAllocator(arena, 10_000),
        2 => new Heap(arena),
        3 => new SharedHeap(arena),
        4 => new Pool<long>(arena, new PoolOptions { InitialSlots = 10 }),
        5 => new HandleMap<long>(arena),
        _ => new SharedPool<long>(arena),
    };
}
