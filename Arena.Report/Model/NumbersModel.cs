namespace Arena.Report.Model;

internal sealed record NumbersModel
{
    public long LiveBytes { get; init; }

    public long LiveCount { get; init; }

    public long PeakLiveBytes { get; init; }

    public long BeforeBytes { get; init; }

    public long CommittedBytes { get; init; }

    public long PeakCommittedBytes { get; init; }

    public long ReservedBytes { get; init; }

    /// <summary>Resident bytes of the whole process; 0 if unknown.</summary>
    public long ResidentBytes { get; init; }

    public long ManagedBytes { get; init; }

    /// <summary>Resident, but neither committed by an arena nor managed: the runtime, code, other libraries.</summary>
    public long OtherResidentBytes => Math.Max(0, ResidentBytes - CommittedBytes - ManagedBytes);

    public long Allocations { get; init; }

    public long AllocatedBytes { get; init; }

    public long Frees { get; init; }

    public int InvalidFrees { get; init; }

    public int OutOfMemory { get; init; }

    public int OtherRefusals { get; init; }
}
