using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Indexes and generations of the slots, as slabs and storage come and go.
public sealed unsafe partial class HandleMap<T> : ISlabListener
{
    string? ISlabListener.Entering(byte* slab, int slotCount, out uint firstIndex) =>
        _handles.Take(slotCount, out firstIndex);

    void ISlabListener.Left(uint firstIndex, int slotCount) => _handles.GiveBack(firstIndex, slotCount);

    void ISlabListener.Added(ushort owner, in SlotRun slots)
    {
        for (var i = 0; i < slots.Count;)
        {
            var generation = _handles.FirstGeneration(slots.FirstIndex + (uint)i);
            for (var end = EndOfGranule(in slots, i); i < end; i++)
                At(in slots, i)->Generation = generation;
        }
        _handles.Store(owner, slots.FirstIndex, slots.Count, slots.First, (nuint)slots.StrideBytes);
    }

    void ISlabListener.Removing(in SlotRun slots)
    {
        for (var i = 0; i < slots.Count;)
        {
            var first = i;
            var highest = 0u;
            for (var end = EndOfGranule(in slots, i); i < end; i++)
                highest = Math.Max(highest, At(in slots, i)->Generation);
            _handles.Leave(slots.FirstIndex + (uint)first, i - first, highest);
        }
    }

    void ISlabListener.StorageChanged(ushort owner, in SlotRun slots)
    {
        _owner = owner;
        _readyCount = 0;
        _firstSlot = slots.First;
        _firstIndex = slots.FirstIndex;
        _readyCount = (uint)slots.Count;
    }

    bool ISlabListener.IsLive(void* slot) => !((HandleSlot<T>*)slot)->IsRetired;

    void ISlabListener.Closing()
    {
        if (_retiredCount == 0)
            return;
        foreach (ref var slot in _pool)
        {
            if (slot.IsRetired)
                _pool.Free((HandleSlot<T>*)Unsafe.AsPointer(ref slot), "", 0, "");
        }
        _retiredCount = 0;
    }

    private static HandleSlot<T>* At(in SlotRun slots, int i) =>
        (HandleSlot<T>*)(slots.First + (nint)i * slots.StrideBytes);

    // Slots of one granule share the generation that they leave behind.
    private static int EndOfGranule(in SlotRun slots, int i) =>
        (int)Math.Min(
            (uint)slots.Count, unchecked(HandleSpace.GroupEnd(slots.FirstIndex + (uint)i) - slots.FirstIndex));
}
