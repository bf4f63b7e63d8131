using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>
/// W5: a number alive of 16 bytes and more, log-uniform or log-normal; replace a random one and touch its first and
/// last byte.
/// </summary>
/// <typeparam name="TMix">The number and the sizes: constants of the loop.</typeparam>
/// <typeparam name="TSizes">The memory.</typeparam>
/// <typeparam name="TMemory">The type of an allocation.</typeparam>
internal sealed class MixedLoop<TMix, TSizes, TMemory> : Workload
    where TMix : struct, IMix
    where TSizes : struct, ISizes<TMemory>
    where TMemory : struct
{
    private readonly TSizes _sizes;
    private readonly TMemory[] _live = new TMemory[TMix.LiveCount];
    private Xorshift _random = new(Xorshift.Seed);

    public MixedLoop(TSizes sizes)
    {
        _sizes = sizes;
        for (var i = 0; i < _live.Length; i++)
            _live[i] = Touched(sizes, BytesOf(_random.Next()));
    }

    public override ulong Run(long operations)
    {
        var sizes = _sizes;
        var random = _random;
        var sum = 0UL;
        ref var live = ref MemoryMarshal.GetArrayDataReference(_live);
        for (var i = 0L; i < operations; i++)
        {
            var number = random.Next();
            var byteCount = BytesOf(number);
            ref var at = ref Unsafe.Add(ref live, Xorshift.Below(number, TMix.LiveCount));
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
    private static int BytesOf(ulong random) =>
        TMix.Octaves < 0 ? Xorshift.LogNormalBytes(random) : Xorshift.MixedBytes(random, TMix.Octaves);

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
