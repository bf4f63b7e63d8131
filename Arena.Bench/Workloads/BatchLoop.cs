using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Workloads;

/// <summary>In which order a batch is freed.</summary>
public enum Drain
{
    Random,
    LastFirst,
    FirstFirst,
}

/// <summary>W3: allocate 100,000 and write eight bytes into each, then free them all; one operation is both.</summary>
internal sealed class BatchLoop<TSlots, TSlot> : Workload
    where TSlots : struct, ISlots<TSlot>
    where TSlot : struct
{
    public const int Count = 100_000;

    private readonly TSlots _slots;
    private readonly TSlot[] _live = new TSlot[Count];
    private readonly int[] _order = new int[Count];

    public BatchLoop(TSlots slots, Drain drain)
    {
        _slots = slots;
        for (var i = 0; i < Count; i++)
            _order[i] = drain == Drain.LastFirst ? Count - 1 - i : i;
        if (drain != Drain.Random)
            return;
        var random = new Xorshift(Xorshift.Seed);
        for (var i = Count - 1; i > 0; i--)
        {
            var j = Xorshift.Below(random.Next(), i + 1);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
    }

    public override int Granule => Count;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += Count)
        {
            sum += Fill();
            Empty();
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private ulong Fill()
    {
        var slots = _slots;
        var sum = 0UL;
        ref var live = ref MemoryMarshal.GetArrayDataReference(_live);
        for (var i = 0; i < Count; i++)
        {
            var slot = slots.Allocate();
            TSlots.Word(slot) = (ulong)i;
            sum += TSlots.Word(slot);
            Unsafe.Add(ref live, i) = slot;
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private void Empty()
    {
        var slots = _slots;
        ref var live = ref MemoryMarshal.GetArrayDataReference(_live);
        ref var order = ref MemoryMarshal.GetArrayDataReference(_order);
        for (var i = 0; i < Count; i++)
            slots.Free(Unsafe.Add(ref live, Unsafe.Add(ref order, i)));
    }
}
