using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>W1: allocate, write eight bytes, free. Nothing else is alive.</summary>
internal sealed class PairLoop<TSlots, TSlot>(TSlots slots) : Workload
    where TSlots : struct, ISlots<TSlot>
    where TSlot : struct
{
    public override ulong Run(long operations)
    {
        var s = slots;
        var sum = 0UL;
        for (var i = 0L; i < operations; i++)
        {
            var slot = s.Allocate();
            TSlots.Word(slot) = (ulong)i;
            sum += TSlots.Word(slot);
            s.Free(slot);
        }
        return sum;
    }
}
