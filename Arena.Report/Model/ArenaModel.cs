namespace Arena.Report.Model;

/// <param name="Name">Its name.</param>
/// <param name="ReservedBytes">Bytes of addresses.</param>
/// <param name="BudgetBytes">The ceiling on committed bytes; 0 if there is none.</param>
/// <param name="SampleBytes">The bytes from sample to sample; 0 if everything was tracked.</param>
/// <param name="LiveBytes">Live bytes.</param>
/// <param name="CommittedBytes">Committed bytes.</param>
/// <param name="Allocators">The arena's allocators.</param>
internal sealed record ArenaModel(
    string Name,
    long ReservedBytes,
    long BudgetBytes,
    long SampleBytes,
    long LiveBytes,
    long CommittedBytes,
    IReadOnlyList<AllocatorModel> Allocators);
