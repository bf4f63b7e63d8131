using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;
using Arena.Pools;
using Heap = Arena.Pools.Heap;

namespace Arena.Bench.Quick;

/// <summary>The process that <see cref="StartRun"/> starts for a contestant in .NET.</summary>
internal static class GrowthChild
{
    private const int Count = 1_000_000;

    // The growing loop is played so often before it counts: it runs its final code then.
    private const int WarmRounds = 40;
    private const int WarmCount = 20_000;

    private const string Pool = "Arena Pool";
    private const string HugePool = "Arena Pool, huge pages";
    private const string HeapName = "Arena Heap";
    /// <summary>A contestant of .NET without an arena.</summary>
    public const string New = "new";

    private const string Native = "NativeMemory";

    /// <summary>Those of Arena.</summary>
    public static readonly string[] ArenaKinds = [Pool, HugePool, HeapName];

    public static readonly string[] Kinds = [Pool, HugePool, HeapName, New, Native];

    public static int Serve(string kind)
    {
        var before = Now();
        Grow(kind, 1);
        var first = Now();
        for (var i = 0; i < WarmRounds; i++)
        {
            Grow(kind, WarmCount);
            Thread.Sleep(10); // the JIT's thread gets the processor
        }
        var grown = Now();
        var sum = Grow(kind, Count);
        var end = Now();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{first:F0} {first - before:F0} {(end - grown) / Count:F2} {sum}"));
        return 0;
    }

    private static double Now() => Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency);

    private static ulong Grow(string kind, int count)
    {
        switch (kind)
        {
            case New:
                return Fill<NewObjects, NewObjects.Reference>(default, count);
            case Native:
                return Fill<NativeSlots<Node64>, nint>(default, count); // never freed: freed memory would serve again
        }
        var arena = new PageArena(new PageArenaOptions { Name = "grow", HugePages = kind == HugePool });
        // Not disposed either.
        return kind == HeapName
            ? Fill<HeapSlots<Node64>, nint>(new(new Heap(arena)), count)
            : Fill<PoolSlots<Node64>, nint>(new(new Pool<Node64>(arena)), count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Fill<TSlots, TSlot>(TSlots slots, int count)
        where TSlots : struct, ISlots<TSlot>
        where TSlot : struct
    {
        var live = new TSlot[count];
        var sum = 0UL;
        for (var i = 0; i < live.Length; i++)
        {
            live[i] = slots.Allocate();
            TSlots.Word(live[i]) = (ulong)i;
            sum += (ulong)i;
        }
        return sum;
    }
}
