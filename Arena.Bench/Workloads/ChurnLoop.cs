using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>W2: 100,000 alive; free a random one, allocate, write eight bytes.</summary>
internal sealed class ChurnLoop<TSlots, TSlot> : Workload
    where TSlots : struct, ISlots<TSlot>
    where TSlot : struct
{
    public const int LiveCount = 100_000;

    private readonly TSlots _slots;
    private readonly TSlot[] _live = new TSlot[LiveCount];
    private Xorshift _random = new(Xorshift.Seed);

    public ChurnLoop(TSlots slots)
    {
        _slots = slots;
        for (var i = 0; i < LiveCount; i++)
        {
            _live[i] = slots.Allocate();
            TSlots.Word(_live[i]) = (ulong)i;
        }
    }

    public override ulong Run(long operations)
    {
        var slots = _slots;
        var random = _random;
        var sum = 0UL;
        // The C loops check no bounds either.
        ref var live = ref MemoryMarshal.GetArrayDataReference(_live);
        for (var i = 0L; i < operations; i++)
        {
            var number = random.Next();
            ref var at = ref Unsafe.Add(ref live, Xorshift.Below(number, LiveCount));
            slots.Free(at);
            var slot = slots.Allocate();
            TSlots.Word(slot) = number;
            sum += TSlots.Word(slot);
            at = slot;
        }
        _random = random;
        return sum;
    }

    protected override void End()
    {
        foreach (var slot in _live)
            _slots.Free(slot);
    }
}
