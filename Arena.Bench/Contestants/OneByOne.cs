namespace Arena.Bench.Contestants;

/// <summary>Many slots, each by a call of its own: what ranges are measured by.</summary>
internal readonly struct OneByOne<TSlots>(TSlots slots) : IRanges
    where TSlots : struct, ISlots<nint>
{
    public void Allocate(Span<nint> addresses)
    {
        var own = slots;
        foreach (ref var address in addresses)
            address = own.Allocate();
    }

    public void Free(ReadOnlySpan<nint> addresses)
    {
        var own = slots;
        foreach (var address in addresses)
            own.Free(address);
    }
}
