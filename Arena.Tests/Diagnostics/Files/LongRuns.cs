namespace Arena.Tests.Diagnostics.Files;

/// <summary>
/// Seeds of runs that are short by default; ARENA_LONG_RUNS=N adds N hundreds of them.
/// </summary>
internal static class LongRuns
{
    public static TheoryData<int> Seeds(int usual)
    {
        _ = int.TryParse(Environment.GetEnvironmentVariable("ARENA_LONG_RUNS"), out var more);
        return new TheoryData<int>(Enumerable.Range(1, usual + 100 * more));
    }
}
