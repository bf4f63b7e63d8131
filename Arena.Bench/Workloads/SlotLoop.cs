namespace Arena.Bench.Workloads;

/// <summary>The kinds of loop over slots of one size.</summary>
internal static class SlotLoop
{
    public static readonly ISlotLoop Pair = new PairMaker();

    public static readonly ISlotLoop Churn = new ChurnMaker();

    public static ISlotLoop Batch(Drain drain) => new BatchMaker(drain);

    private sealed class PairMaker : ISlotLoop
    {
        Workload ISlotLoop.Make<TSlots, TSlot>(TSlots slots) => new PairLoop<TSlots, TSlot>(slots);
    }

    private sealed class ChurnMaker : ISlotLoop
    {
        Workload ISlotLoop.Make<TSlots, TSlot>(TSlots slots) => new ChurnLoop<TSlots, TSlot>(slots);
    }

    private sealed class BatchMaker(Drain drain) : ISlotLoop
    {
        Workload ISlotLoop.Make<TSlots, TSlot>(TSlots slots) => new BatchLoop<TSlots, TSlot>(slots, drain);
    }
}
