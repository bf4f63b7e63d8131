using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;
using Arena.Pools;

namespace Arena.Bench.Workloads;

/// <summary>
/// W6-larson, as published (Larson and Krishnan, 1998) and as mimalloc-bench runs it: the main thread allocates 5,000
/// blocks of 8 to 999 bytes for each of two workers, shuffles them, replaces at random, and gives each worker a slice.
/// A worker replaces random ones of it and writes two bytes; after 500,000 it starts a new thread on it and ends.
/// </summary>
/// <typeparam name="TViews">The memory.</typeparam>
/// <typeparam name="TView">A thread's view of it, taken once a batch.</typeparam>
/// <typeparam name="TMemory">The type of an allocation.</typeparam>
internal sealed class LarsonLoop<TViews, TView, TMemory> : Workload
    where TViews : struct, IThreadViews<TView>
    where TView : struct, ISizes<TMemory>, allows ref struct
    where TMemory : struct
{
    private const int LiveCount = 5_000;
    private const int WorkerCount = 2;
    private const int Rounds = 4;
    private const int LeastBytes = 8;
    private const int SizeCount = 992;

    private readonly TViews _views;
    private readonly TMemory[] _live = new TMemory[WorkerCount * LiveCount];
    private readonly LarsonSlice[] _slices = new LarsonSlice[WorkerCount];

    public LarsonLoop(TViews views)
    {
        _views = views;
        var random = new Xorshift(Xorshift.Seed);
        Stock(ref random);
        for (var number = 0; number < WorkerCount; number++)
        {
            var first = number * LiveCount;
            _slices[number] = new LarsonSlice(number, new Xorshift(random.Next()), slice => Walk(slice, first));
        }
    }

    public override int ThreadCount => WorkerCount;

    public override int Granule => LarsonLoop.BatchCount;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        foreach (var slice in _slices)
            slice.Begin(operations / LarsonLoop.BatchCount);
        foreach (var slice in _slices)
            sum = unchecked(sum + slice.Await());
        return sum;
    }

    protected override void End()
    {
        Array.ForEach(_slices, slice => slice.Dispose());
        var sizes = _views.View();
        foreach (var memory in _live)
            sizes.Free(memory);
    }

    private static int Bytes(ulong random) => LeastBytes + (int)((random & 0xFFFF) * SizeCount / 65536);

    private void Stock(ref Xorshift random)
    {
        var sizes = _views.View();
        for (var i = 0; i < _live.Length; i++)
            _live[i] = sizes.Allocate(Bytes(random.Next()));
        for (var i = _live.Length; i > 0; i--)
        {
            ref var other = ref _live[Xorshift.Below(random.Next(), i)];
            (other, _live[i - 1]) = (_live[i - 1], other);
        }
        for (var i = 0; i < Rounds * _live.Length; i++)
        {
            var number = random.Next();
            ref var at = ref _live[Xorshift.Below(number, _live.Length)];
            sizes.Free(at);
            at = sizes.Allocate(Bytes(number));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private ulong Walk(LarsonSlice slice, int first)
    {
        var sizes = _views.View();
        var random = slice.Random;
        var sum = 0UL;
        ref var live = ref _live[first];
        for (var i = 0; i < LarsonLoop.BatchCount; i++)
        {
            var number = random.Next();
            ref var at = ref Unsafe.Add(ref live, Xorshift.Below(number, LiveCount));
            var byteCount = Bytes(number);
            sizes.Free(at);
            var memory = sizes.Allocate(byteCount);
            ref var start = ref TView.First(memory);
            start = 1;
            Unsafe.Add(ref start, 1) = 2;
            at = memory;
            sum += (uint)byteCount;
        }
        slice.Random = random;
        return sum;
    }
}

/// <summary>Makes larson's loops.</summary>
internal static class LarsonLoop
{
    /// <summary>The number of replacements of a thread.</summary>
    public const int BatchCount = 500_000;

    public static Workload Of<TSizes, TMemory>(TSizes sizes)
        where TSizes : struct, ISizes<TMemory>
        where TMemory : struct =>
        new LarsonLoop<SameForAll<TSizes>, TSizes, TMemory>(new(sizes));

    /// <summary>Makes the loop in which each thread takes its part of the heap once.</summary>
    public static Workload OfLocal(SharedHeap heap) => new LarsonLoop<LocalViews, LocalSizes, nint>(new(heap));
}
