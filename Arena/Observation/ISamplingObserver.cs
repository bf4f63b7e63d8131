namespace Arena;

/// <summary>
/// An observer that wants a sample only. Where it is the only observer, a single-threaded allocator may leave out what
/// its gate says; elsewhere it is told everything and asks the gate itself.
/// </summary>
internal interface ISamplingObserver : IAllocationObserver
{
    /// <summary>
    /// The gate of an allocator, the same one each time while it is attached; null where it wants everything after all.
    /// </summary>
    SampleGate? GateOf(Allocator allocator);
}
