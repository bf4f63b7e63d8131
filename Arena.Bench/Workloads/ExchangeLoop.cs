using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>
/// W6-exchange: two threads, 10,000 alive each of 8 to 1,000 bytes; each replaces random ones and writes two bytes. The
/// tables change hands after 100,000 replacements each, so that, at any speed, one free in eleven is of what the other
/// thread, still at work, allocated.
/// </summary>
internal sealed class ExchangeLoop<TSizes, TMemory> : Workload
    where TSizes : struct, ISizes<TMemory>
    where TMemory : struct
{
    /// <summary>Replacements a thread makes before the tables change hands.</summary>
    public const int HandOver = 100_000;

    private const int LiveCount = 10_000;
    private const int LeastBytes = 8;
    private const int SizeCount = 993;

    private readonly TSizes _sizes;
    private readonly TMemory[][] _tables = [new TMemory[LiveCount], new TMemory[LiveCount]];
    private readonly SecondThread _second;
    private Xorshift _random = new(Xorshift.Seed);
    private ulong _seed = Xorshift.Seed;

    public ExchangeLoop(TSizes sizes)
    {
        _sizes = sizes;
        foreach (var table in _tables)
        {
            for (var i = 0; i < LiveCount; i++)
                table[i] = sizes.Allocate(LeastBytes);
        }
        _second = new SecondThread(operations => Walk(_tables[1], _seed + 1, operations));
    }

    public override int ThreadCount => 2;

    public override int Granule => HandOver;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += HandOver)
        {
            sum += _second.Run(count => Walk(_tables[0], _seed, count), HandOver);
            _tables.AsSpan().Reverse();
            _seed = _random.Next();
        }
        return sum;
    }

    protected override void End()
    {
        _second.Dispose();
        foreach (var memory in _tables.SelectMany(table => table))
            _sizes.Free(memory);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private ulong Walk(TMemory[] table, ulong seed, long operations)
    {
        var sizes = _sizes;
        var random = new Xorshift(seed);
        var sum = 0UL;
        ref var live = ref MemoryMarshal.GetArrayDataReference(table);
        for (var i = 0L; i < operations; i++)
        {
            var number = random.Next();
            var byteCount = LeastBytes + (int)((number & 0xFFFF) * SizeCount / 65536);
            ref var at = ref Unsafe.Add(ref live, Xorshift.Below(number, LiveCount));
            sizes.Free(at);
            var memory = sizes.Allocate(byteCount);
            ref var first = ref TSizes.First(memory);
            first = 1;
            Unsafe.Add(ref first, 1) = 2;
            at = memory;
            sum += (uint)byteCount;
        }
        return sum;
    }
}
