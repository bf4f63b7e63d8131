namespace Arena.Tests.Diagnostics.Trend;

/// <summary>
/// The error rates of the detector on growth that ended, on dips that get rarer and on few days, within bounds: the
/// second table of docs/leak-trend.md with other seeds and fewer runs.
/// </summary>
public sealed class SeasonRatesTests
{
    private const int Seed = 40_000;
    private const int Runs = 100;

    public static TheoryData<string> Named(string truths) =>
        [.. SeasonFamilies.All.Where(family => truths.Contains(family.Truth.ToString())).Select(family => family.Name)];

    [Theory]
    [MemberData(nameof(Named), "Steady, LeakFree, Wandering")]
    public void What_does_not_leak_is_hardly_ever_accused(string name)
    {
        // A slow curve of half the height is the hard one, in a few samples.
        int most = name.StartsWith("s-curve", StringComparison.Ordinal) ? 15 : 6;
        AssertFound(name, Series.Window, at => at.Found <= most);
        AssertFound(name, 4 * Series.Window, at => at is { Found: <= 8, Confirmed: <= 2 });
    }

    [Theory]
    [MemberData(nameof(Named), "Leaking")]
    public void A_leak_under_a_few_days_is_found_from_a_quarter_of_the_samples_on(string name)
    {
        int least = name.Contains("leak 4", StringComparison.Ordinal) ? 75 : 40;
        AssertFound(name, Series.Window, at => at.Found >= least);
        AssertFound(name, 4 * Series.Window, at => at.Found >= 75);
    }

    private static void AssertFound(string name, int samples, Func<Tally, bool> isRight)
    {
        var tally = Tally.Of(SeasonFamilies.All.Single(family => family.Name == name), samples, Runs, Seed);
        Assert.True(isRight(tally), $"{name}, {samples} samples, {Runs} runs from seed {Seed}: {tally}");
    }
}
