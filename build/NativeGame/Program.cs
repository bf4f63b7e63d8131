using System.Runtime.CompilerServices;
using Arena;
using Arena.Diagnostics;
using Arena.Pools;

namespace NativeGame;

/// <summary>
/// Everything that a game uses, in a few hundred frames that are the same on every machine: build/native-aot.sh
/// compares what this prints with what it should be.
/// </summary>
internal static unsafe class Program
{
    private const int Frames = 300;

    private static int Main(string[] arguments)
    {
        Console.WriteLine($"native {!RuntimeFeature.IsDynamicCodeSupported}");
        using var arena = new PageArena("game");
        using var tracker = LeakTracker.Attach(arena);
        using (var capture = arguments.Length > 0 ? CaptureWriter.Start(arguments[0], tracker) : null)
        {
            Play(arena, tracker);
            capture?.Mark("closing");
        }
        if (arguments.Length > 0)
            Console.WriteLine($"captured sites {MemoryCapture.Read(arguments[0]).Sites.Count}");
        double[] seconds = [.. Enumerable.Range(0, 200).Select(i => 1.0 * i)];
        Console.WriteLine(LeakTrend.Analyze(seconds, [.. seconds.Select(s => 1e6 + (64 * s))]));
        return 0;
    }

    private static void Play(PageArena arena, LeakTracker tracker)
    {
        using var ships = new HandleMap<long>(arena);
        using var sparks = new Pool<long>(arena, new PoolOptions { Name = "sparks" });
        using var heap = new Heap(arena);
        using var shared = new SharedHeap(arena);
        using var buddy = new BuddyAllocator(arena, 1 << 20);
        using var scratch = new FrameAllocator(arena, 1 << 16);
        var first = ships.Allocate(7);
        long sum = 0;
        for (var frame = 0; frame < Frames; frame++)
        {
            var ship = ships.Allocate(frame);
            var spark = sparks.Allocate();
            *spark = frame;
            var text = heap.Allocate(100);
            var far = shared.Allocate(3_000);
            var region = buddy.Allocate(5_000);
            scratch.AllocateSpan<int>(100).Fill(frame);
            sum += ships[ship] + *spark + ships[first];
            sparks.Free(spark);
            heap.Free(text);
            shared.Free(far);
            buddy.Free(region);
            scratch.NextFrame();
            if (frame % 100 != 0)
                ships.Free(ship);
        }
        Console.WriteLine($"sum {sum}, ships {ships.LiveCount}, sparks {sparks.LiveCount}, heap {heap.LiveCount}");
        try
        {
            ships.Free(first);
            Console.WriteLine($"stale {ships.TryGet(first, out _)}");
            var spark = sparks.Allocate();
            sparks.Free(spark);
            sparks.Free(spark);
        }
        catch (InvalidFreeException)
        {
            Console.WriteLine("a double free is refused");
        }
        sparks.Allocate();
        Report(tracker.Report());
        ships.Clear();
    }

    private static void Report(LeakReport report)
    {
        foreach (var site in report.Sites)
        {
            var file = Path.GetFileName(site.File);
            Console.WriteLine($"left by {file} ({site.Member}): {site.Count}, {site.Bytes} bytes");
        }
    }
}
