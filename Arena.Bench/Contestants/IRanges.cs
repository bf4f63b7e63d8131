namespace Arena.Bench.Contestants;

/// <summary>Memory of one size of which many are taken and given back at once.</summary>
internal interface IRanges
{
    void Allocate(Span<nint> addresses);

    void Free(ReadOnlySpan<nint> addresses);
}
