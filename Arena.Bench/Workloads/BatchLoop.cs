using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>The order in which a batch is freed.</summary>
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
    private const int WarmCount = 500;

    private readonly TSlots _slots;
    private readonly Drain _drain;
    private readonly TSlot[] _live;
    private readonly int[] _order;
    private BatchLoop<TSlots, TSlot>? _small;

    public BatchLoop(TSlots slots, Drain drain, int count = Count)
    {
        _slots = slots;
        _drain = drain;
        _live = new TSlot[count];
        _order = new int[count];
        for (var i = 0; i < count; i++)
            _order[i] = drain == Drain.LastFirst ? count - 1 - i : i;
        if (drain != Drain.Random)
            return;
        var random = new Xorshift(Xorshift.Seed);
        for (var i = count - 1; i > 0; i--)
        {
            var j = Xorshift.Below(random.Next(), i + 1);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
    }

    public override int Granule => _live.Length;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += _live.Length)
        {
            sum += Fill(_live.Length);
            Empty(_live.Length);
        }
        return sum;
    }

    /// <summary>
    /// Runs a small batch: some contestants need seconds for as many whole ones as the JIT has to see.
    /// </summary>
    public override ulong WarmUp()
    {
        _small ??= new BatchLoop<TSlots, TSlot>(_slots, _drain, WarmCount);
        return _small.Run(WarmCount);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private ulong Fill(int count)
    {
        var slots = _slots;
        var sum = 0UL;
        ref var live = ref MemoryMarshal.GetArrayDataReference(_live);
        for (var i = 0; i < count; i++)
        {
            var slot = slots.Allocate();
            TSlots.Word(slot) = (ulong)i;
            sum += TSlots.Word(slot);
            Unsafe.Add(ref live, i) = slot;
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Empty(int count)
    {
        var slots = _slots;
        ref var live = ref MemoryMarshal.GetArrayDataReference(_live);
        ref var order = ref MemoryMarshal.GetArrayDataReference(_order);
        for (var i = 0; i < count; i++)
            slots.Free(Unsafe.Add(ref live, Unsafe.Add(ref order, i)));
    }
}
