using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>
/// One or two threads, each with 10,000 of its own alive of 16 to 512 bytes: replace a random one and write to it. No
/// thread touches another's, so two should do twice the work of one, unless something below makes them wait.
/// </summary>
internal sealed class PartsLoop<TSizes, TMemory> : Workload
    where TSizes : struct, ISizes<TMemory>
    where TMemory : struct
{
    private const int LiveCount = 10_000;
    private const int LeastBytes = 16;
    private const int SizeCount = 497;

    private readonly TSizes[] _sizes;
    private readonly TMemory[][] _tables = [new TMemory[LiveCount], new TMemory[LiveCount]];
    private readonly SecondThread? _second;
    private ulong _seed = Xorshift.Seed;

    /// <param name="sizes">One for each thread; they may allocate from the same memory.</param>
    public PartsLoop(params TSizes[] sizes)
    {
        _sizes = sizes;
        Stock(sizes[0], _tables[0]);
        if (sizes.Length == 1)
            return;
        _second = new SecondThread(operations => Walk(sizes[1], _tables[1], _seed + 1, operations));
        // The second thread fills its table itself, as its first work, so that the table is its own from the start.
        _second.Run(_ => 0, 0);
    }

    // By the wall clock, both of them: the question is the work done in a given time.
    public override int ThreadCount => 2;

    public override ulong Run(long operations)
    {
        _seed = unchecked(_seed + 2);
        return _second is null
            ? Walk(_sizes[0], _tables[0], _seed, operations)
            : _second.Run(count => Walk(_sizes[0], _tables[0], _seed, count), operations);
    }

    protected override void End()
    {
        _second?.Dispose();
        for (var thread = 0; thread < _sizes.Length; thread++)
        {
            foreach (var memory in _tables[thread])
                _sizes[thread].Free(memory);
        }
    }

    private static void Stock(TSizes sizes, TMemory[] table)
    {
        for (var i = 0; i < LiveCount; i++)
            table[i] = sizes.Allocate(LeastBytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private static ulong Walk(TSizes sizes, TMemory[] table, ulong seed, long operations)
    {
        if (table[0].Equals(default(TMemory)))
            Stock(sizes, table);
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
            TSizes.First(memory) = 1;
            at = memory;
            sum += (uint)byteCount;
        }
        return sum;
    }
}
