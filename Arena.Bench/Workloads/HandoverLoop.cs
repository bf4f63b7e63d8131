using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>
/// W6: one thread allocates 64 bytes and writes eight, the other one reads and frees; a ring of 4,096 between them.
/// </summary>
internal sealed class HandoverLoop<TSizes, TMemory> : Workload
    where TSizes : struct, ISizes<TMemory>
    where TMemory : struct
{
    private const int RingCount = 4096;
    private const int SlotBytes = 64;

    private readonly TSizes _sizes;
    private readonly TMemory[] _ring = new TMemory[RingCount];
    private readonly SecondThread _second;
    private RingCounts _counts;

    public HandoverLoop(TSizes sizes)
    {
        _sizes = sizes;
        _second = new SecondThread(Empty);
    }

    public override int ThreadCount => 2;

    public override ulong Run(long operations) => _second.Run(Fill, operations);

    protected override void End() => _second.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private ulong Fill(long operations)
    {
        var sizes = _sizes;
        ref var ring = ref MemoryMarshal.GetArrayDataReference(_ring);
        var end = _counts.Written;
        for (var i = 0L; i < operations; i++, end++)
        {
            var memory = sizes.Allocate(SlotBytes);
            Unsafe.As<byte, ulong>(ref TSizes.First(memory)) = (ulong)i;
            while (end - Volatile.Read(ref _counts.Taken) == RingCount)
                Thread.Yield();
            Unsafe.Add(ref ring, (nint)(end & (RingCount - 1))) = memory;
            Volatile.Write(ref _counts.Written, end + 1);
        }
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Empty(long operations)
    {
        var sizes = _sizes;
        var sum = 0UL;
        ref var ring = ref MemoryMarshal.GetArrayDataReference(_ring);
        var at = _counts.Taken;
        for (var i = 0L; i < operations; i++, at++)
        {
            while (Volatile.Read(ref _counts.Written) == at)
                Thread.Yield();
            var memory = Unsafe.Add(ref ring, (nint)(at & (RingCount - 1)));
            sum += Unsafe.As<byte, ulong>(ref TSizes.First(memory));
            Volatile.Write(ref _counts.Taken, at + 1);
            sizes.Free(memory);
        }
        return sum;
    }
}
