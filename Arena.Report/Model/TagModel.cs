namespace Arena.Report.Model;

/// <param name="Tag">The tag; null for allocations without one.</param>
/// <param name="Count">Live allocations.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="SoftBytes">The ceiling that notifies; 0 for none.</param>
/// <param name="HardBytes">The ceiling that refuses; 0 for none.</param>
/// <param name="Refusals">Allocations that it refused.</param>
internal sealed record TagModel(string? Tag, long Count, long Bytes, long SoftBytes, long HardBytes, long Refusals);
