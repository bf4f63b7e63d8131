namespace Arena.Tests.Diagnostics.Trend;

/// <summary>
/// The error rates of the detector, within bounds: the table of docs/leak-trend.md with other seeds and fewer runs.
/// </summary>
public sealed class LeakTrendRatesTests
{
    private const int Seed = 20_000;
    private const int Runs = 200;

    public static TheoryData<string> Named(string truths) =>
        [.. Families.All.Where(family => truths.Contains(family.Truth.ToString())).Select(family => family.Name)];

    [Theory]
    [MemberData(nameof(Named), "Steady, LeakFree")]
    public void What_does_not_leak_is_hardly_ever_accused(string name)
    {
        foreach (int samples in (int[])[Series.Window, 4 * Series.Window])
        {
            var tally = Tally.Of(Find(name), samples, Runs, Seed);
            Assert.True(tally.Confirmed <= 1, Told(name, samples, tally));
            Assert.True(tally.Suspected <= 5, Told(name, samples, tally));
        }
    }

    [Theory]
    [MemberData(nameof(Named), "Wandering")]
    public void A_random_walk_is_hardly_ever_confirmed(string name)
    {
        foreach (int samples in (int[])[Series.Window, 4 * Series.Window])
        {
            var tally = Tally.Of(Find(name), samples, Runs, Seed);
            Assert.True(tally.Confirmed <= 3, Told(name, samples, tally));
        }
    }

    [Theory]
    [MemberData(nameof(Named), "Steady, LeakFree, Leaking")]
    public void Each_kind_of_series_gets_the_verdict_that_it_deserves(string name)
    {
        Family family = Find(name);
        var tally = Tally.Of(family, family.Samples, Runs, Seed + 1);
        Assert.True(tally.Percent(family.Usual) >= 90, Told(name, family.Samples, tally));
    }

    [Theory]
    [MemberData(nameof(Named), "Steady, LeakFree, Wandering, Leaking")]
    public void The_interval_holds_the_true_slope(string name)
    {
        var tally = Tally.Of(Find(name), 2 * Series.Window, Runs, Seed + 2);
        Assert.True(tally.Covered >= 90, Told(name, 2 * Series.Window, tally));
    }

    [Theory]
    [MemberData(nameof(Named), "Steady, LeakFree, Wandering")]
    public void A_leak_of_twice_the_detectable_slope_is_found(string name)
    {
        foreach (int samples in (int[])[Series.Window, 4 * Series.Window])
        {
            var tally = Tally.Of(Find(name), samples, Runs, Seed + 3);
            Assert.True(tally.FoundOnTop >= 85, Told(name, samples, tally));
        }
    }

    private static Family Find(string name) => Families.All.Single(family => family.Name == name);

    private static string Told(string name, int samples, Tally tally) =>
        $"{name}, {samples} samples, {Runs} runs from seed {Seed}: {tally}";
}
