using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>Makes one kind of loop for any contestant.</summary>
internal interface ISlotLoop
{
    Workload Make<TSlots, TSlot>(TSlots slots)
        where TSlots : struct, ISlots<TSlot>
        where TSlot : struct;
}
