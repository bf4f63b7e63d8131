using Arena;
using Arena.Pools;

namespace DiagnosticsChild;

/// <summary>
/// Leaves memory in as many pieces as it can, gives free memory back, and then does what a process without a spare
/// mapping cannot do: starts threads and lets the collector grow.
/// </summary>
internal static unsafe class Fragmented
{
    private const int Pieces = 80_000;
    private const int Threads = 50;

    public static void Run(string kind)
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "child", GuardPages = kind == "guards" });
        switch (kind)
        {
            case "heap":
                FragmentHeap(arena, heap => heap.Trim());
                break;
            case "steps":
                FragmentHeap(arena, heap =>
                {
                    for (var frame = 0; frame < 1700; frame++)
                        heap.TrimStep(64);
                });
                break;
            case "blocks":
                FragmentBlocks(arena);
                break;
            case "guards":
                LendUntilRefused(arena);
                break;
            case "arenas":
                MakeArenas();
                break;
        }
        StartThreads();
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Console.WriteLine("survived");
    }

    private static void FragmentHeap(PageArena arena, Action<Heap> trim)
    {
        var heap = new Heap(arena);
        var live = new nint[Pieces];
        for (var i = 0; i < live.Length; i++)
            live[i] = (nint)heap.Allocate(8192);
        for (var i = 0; i < live.Length; i += 2)
            heap.Free((void*)live[i]);
        trim(heap);
        for (var i = 0; i < live.Length; i += 4)
            heap.Allocate(8192);
    }

    private static void FragmentBlocks(PageArena arena)
    {
        var blocks = new Block[2 * Pieces];
        for (var i = 0; i < blocks.Length; i++)
            blocks[i] = arena.Allocate(PageArena.PageBytes);
        for (var i = 0; i < blocks.Length; i += 2)
            arena.Free(blocks[i]);
        arena.Trim();
        for (var i = 0; i < blocks.Length; i += 4)
            arena.Allocate(PageArena.PageBytes);
    }

    private static void LendUntilRefused(PageArena arena)
    {
        var lent = 0;
        while (lent < Pieces && arena.TryAllocate(PageArena.PageBytes, 0, out var block))
        {
            *(byte*)block.Address = 1;
            lent++;
        }
    }

    private static void MakeArenas()
    {
        List<PageArena> arenas = [];
        try
        {
            while (arenas.Count < Pieces)
            {
                var arena = new PageArena(new PageArenaOptions { ReserveBytes = 1 << 20 });
                arenas.Add(arena);
                *(byte*)arena.Allocate(1).Address = 1;
            }
        }
        catch (ArenaOutOfMemoryException)
        {
        }
    }

    private static void StartThreads()
    {
        using var go = new ManualResetEventSlim();
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(go.Wait)).ToList();
        threads.ForEach(thread => thread.Start());
        go.Set();
        threads.ForEach(thread => thread.Join());
    }
}
