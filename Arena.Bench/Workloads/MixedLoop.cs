using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Workloads;

/// <summary>
/// W5: some alive of 16 bytes and more, log-uniform; replace a random one and touch its first and last byte.
/// </summary>
internal sealed class MixedLoop<TSizes, TMemory> : Workload
    where TSizes : struct, ISizes<TMemory>
    where TMemory : struct
{
    private readonly TSizes _sizes;
    private readonly int _octaves;
    private readonly TMemory[] _live;
    private Xorshift _random = new(Xorshift.Seed);

    /// <summary>Sizes are 16 to <c>16 &lt;&lt; octaves</c> bytes: 8 gives 4 KiB, 14 gives 256 KiB.</summary>
    public MixedLoop(TSizes sizes, int octaves, int liveCount = MixedLoop.LiveCount)
    {
        _sizes = sizes;
        _octaves = octaves;
        _live = new TMemory[liveCount];
        for (var i = 0; i < liveCount; i++)
            _live[i] = Touched(sizes, Xorshift.MixedBytes(_random.Next(), octaves));
    }

    public override ulong Run(long operations)
    {
        var sizes = _sizes;
        var octaves = _octaves;
        var liveCount = _live.Length;
        var random = _random;
        var sum = 0UL;
        ref var live = ref MemoryMarshal.GetArrayDataReference(_live);
        for (var i = 0L; i < operations; i++)
        {
            var number = random.Next();
            var byteCount = Xorshift.MixedBytes(number, octaves);
            ref var at = ref Unsafe.Add(ref live, Xorshift.Below(number, liveCount));
            sizes.Free(at);
            at = Touched(sizes, byteCount);
            sum += (uint)byteCount;
        }
        _random = random;
        return sum;
    }

    protected override void End()
    {
        foreach (var memory in _live)
            _sizes.Free(memory);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TMemory Touched(TSizes sizes, int byteCount)
    {
        var memory = sizes.Allocate(byteCount);
        ref var first = ref TSizes.First(memory);
        first = 1;
        Unsafe.Add(ref first, byteCount - 1) = 2;
        return memory;
    }
}

/// <summary>What W5 has if nothing else is said.</summary>
internal static class MixedLoop
{
    /// <summary>How many are alive.</summary>
    public const int LiveCount = 20_000;
}
