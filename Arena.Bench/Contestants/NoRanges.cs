namespace Arena.Bench.Contestants;

/// <summary>Allocates and frees nothing, so that what is left of a loop is the loop.</summary>
internal readonly struct NoRanges : IRanges
{
    public void Allocate(Span<nint> addresses)
    {
    }

    public void Free(ReadOnlySpan<nint> addresses)
    {
    }
}
