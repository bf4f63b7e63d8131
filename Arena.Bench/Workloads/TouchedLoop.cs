using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>
/// W11: read the first 8 bytes of a random one, free it, allocate another and write its first and last 8 bytes. What
/// checks an allocation must read it when it is freed, and here the loop without checks does so as well.
/// </summary>
/// <typeparam name="TMix">The number and the sizes: constants of the loop.</typeparam>
/// <typeparam name="TSizes">The memory.</typeparam>
internal sealed class TouchedLoop<TMix, TSizes> : Workload
    where TMix : struct, IMix
    where TSizes : struct, ISizes<nint>
{
    private readonly TSizes _sizes;
    private readonly nint[] _live = new nint[TMix.LiveCount];
    private Xorshift _random = new(Xorshift.Seed);

    public TouchedLoop(TSizes sizes)
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
            ref var at = ref Unsafe.Add(ref live, Xorshift.Below(number, TMix.LiveCount));
            sum += Word(at, 0);
            sizes.Free(at);
            at = Touched(sizes, BytesOf(number));
        }
        _random = random;
        return sum;
    }

    protected override void End()
    {
        foreach (var memory in _live)
            _sizes.Free(memory);
    }

    private static int BytesOf(ulong random) => TMix.Octaves == 0 ? 64 : Xorshift.MixedBytes(random, TMix.Octaves);

    private static ref ulong Word(nint memory, int offset) =>
        ref Unsafe.As<byte, ulong>(ref Unsafe.Add(ref TSizes.First(memory), offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Touched(TSizes sizes, int byteCount)
    {
        var memory = sizes.Allocate(byteCount);
        Word(memory, 0) = 1;
        Word(memory, byteCount - sizeof(ulong)) = 2;
        return memory;
    }
}
