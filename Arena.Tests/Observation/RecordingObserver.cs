namespace Arena.Tests.Observation;

/// <summary>Records its notifications.</summary>
internal sealed class RecordingObserver : IAllocationObserver
{
    public List<string> Told { get; } = [];

    public Exception? ThrownWhenCleared { get; set; }

    public void Allocated(in AllocationEvent e) =>
        Told.Add($"{e.Allocator.Name} +{e.ByteCount} {e.File}:{e.Line} {e.Member}");

    public void Freed(Allocator allocator, nuint address, nuint byteCount) => Told.Add($"{allocator.Name} -{address}");

    public void Cleared(Allocator allocator)
    {
        Told.Add($"{allocator.Name} cleared");
        if (ThrownWhenCleared is not null)
            throw ThrownWhenCleared;
    }
}
