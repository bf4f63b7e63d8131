namespace Arena.Report.Model;

/// <param name="Level">The severity.</param>
/// <param name="Sentence">The finding in one sentence.</param>
/// <param name="LeftCount">Live allocations after everything was closed; null if no mark says when.</param>
/// <param name="LeftBytes">Their bytes.</param>
internal sealed record VerdictModel(VerdictLevel Level, string Sentence, long? LeftCount, long? LeftBytes);
