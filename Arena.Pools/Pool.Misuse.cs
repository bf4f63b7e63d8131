using System.Diagnostics.CodeAnalysis;

namespace Arena.Pools;

// The reasons why a free is refused. As in Throw, the JIT sees that the methods do not return because they only throw.
public sealed unsafe partial class Pool<T>
{
    [DoesNotReturn]
    private void ThrowNotOfThisPool(void* slot) => throw Throw.FreeRefused(
        this, slot, $"it is not a slot of this pool; {Arena.Describe(slot)}.");

    [DoesNotReturn]
    private void ThrowNoSlot(void* slot) => throw Throw.FreeRefused(this, slot, WhyNoSlot((byte*)slot));

    [DoesNotReturn]
    private void ThrowNotLive(void* slot) => throw Throw.FreeRefused(
        this, slot, "the slot is free already; it was freed twice, or never allocated.");

    // Explains an address in a slab of this pool at which no slot starts.
    private string WhyNoSlot(byte* address)
    {
        var slab = _geometry.SlabOf(address);
        var remedy = $"free the address that Allocate gave (a slab has {Layout}).";
        if (_slabs.IsClaim(slab))
            return $"no slot starts there, the slab has none so far; {remedy}";
        var first = _geometry.Slots(slab);
        if (address < first)
            return $"no slot starts there, it lies in the slab's header; {remedy}";
        var index = (nuint)(address - first) / _strideBytes;
        if (index >= (nuint)_geometry.State(slab).SlotCount)
            return $"no slot starts there, it lies behind the slab's last slot; {remedy}";
        var start = first + index * _strideBytes;
        var word = WordOf(start, out var bit);
        var state = IsLive(start, word, bit) ? "a live slot" : "a free slot";
        return $"no slot starts there, it lies {address - start} bytes inside {state} at 0x{(nuint)start:x}; {remedy}";
    }
}
