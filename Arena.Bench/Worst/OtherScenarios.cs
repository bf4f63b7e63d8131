using Arena.Bench.Workloads;

namespace Arena.Bench.Worst;

/// <summary>Buddies, frames and blocks of an arena.</summary>
internal static unsafe class OtherScenarios
{
    private const int Frames = 10_000;
    private const int Octaves = 6;

    public static IEnumerable<Scenario> All()
    {
        yield return new("buddy", Buddy);
        yield return new("frames", FramesOf);
        yield return new("arena", Blocks);
    }

    // The first allocation splits the whole buddy down to a region, the last free merges it up again.
    private static void Buddy(int size, Recorder r)
    {
        using var arena = new PageArena("buddy");
        using var buddy = new BuddyAllocator(arena, (nuint)size * 256, minimumRegionBytes: 64);
        var live = new nint[size];
        var random = new Xorshift(Xorshift.Seed);
        var split = r["buddy: split"];
        for (var i = 0; i < size; i++)
        {
            split.Begin();
            live[i] = (nint)buddy.Allocate((nuint)Xorshift.MixedBytes(random.Next(), 3));
            split.End();
        }
        PoolScenarios.Shuffle(live);
        var merge = r["buddy: merge"];
        for (var i = 0; i < size; i++)
        {
            merge.Begin();
            buddy.Free((void*)live[i]);
            merge.End();
        }
    }

    // Frames of any length up to this many allocations, so that buffers grow and shrink.
    private static void FramesOf(int size, Recorder r)
    {
        using var arena = new PageArena("frames");
        using var frames = new FrameAllocator(arena, buffers: 2);
        var random = new Xorshift(Xorshift.Seed);
        var next = r["frames: NextFrame"];
        var grow = r["frames: Allocate"];
        for (var frame = 0; frame < Frames; frame++)
        {
            var count = frame % 512 == 0 ? size / 100 : Xorshift.Below(random.Next(), size / 10_000);
            for (var i = 0; i < count; i++)
            {
                var byteCount = (nuint)Xorshift.MixedBytes(random.Next(), Octaves);
                grow.Begin();
                *(byte*)frames.Allocate(byteCount) = 1;
                grow.End();
            }
            next.Begin();
            frames.NextFrame();
            next.End();
        }
    }

    private static void Blocks(int size, Recorder r)
    {
        using var arena = new PageArena("blocks");
        var random = new Xorshift(Xorshift.Seed);
        var live = new Block[size / 10];
        for (var i = 0; i < live.Length; i++)
            live[i] = arena.Allocate((nuint)Xorshift.MixedBytes(random.Next(), 4) << 8);
        var taken = r["arena: Allocate"];
        var freed = r["arena: Free"];
        for (var i = 0; i < size / 10; i++)
        {
            ref var at = ref live[Xorshift.Below(random.Next(), live.Length)];
            freed.Begin();
            arena.Free(at);
            freed.End();
            var byteCount = (nuint)Xorshift.MixedBytes(random.Next(), 4) << 8;
            taken.Begin();
            at = arena.Allocate(byteCount);
            taken.End();
        }
    }
}
