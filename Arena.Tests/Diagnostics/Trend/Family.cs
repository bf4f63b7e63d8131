using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Trend;

/// <summary>The truth about a family of series, and the verdicts that it permits.</summary>
internal enum Truth
{
    /// <summary>Neither growth nor a fall.</summary>
    Steady,

    /// <summary>Growth that ends, or a floor that falls.</summary>
    LeakFree,

    /// <summary>No growth on average, but no level either.</summary>
    Wandering,

    Leaking,
}

/// <summary>A kind of series: the same program, watched for as long as one likes.</summary>
/// <param name="Name">The family's name in the table.</param>
/// <param name="Truth">True if it leaks.</param>
/// <param name="Usual">The verdict that it should usually get.</param>
/// <param name="Samples">The number of samples at which it should get it.</param>
/// <param name="Make">Makes a series from a source of noise and a number of samples.</param>
internal sealed record Family(
    string Name, Truth Truth, TrendVerdict Usual, int Samples, Func<Noise, int, Series> Make)
{
    /// <summary>Whole days in the record, of which the analysis is given the length; 0 for none.</summary>
    public double Days { get; init; }

    /// <summary>The options for an analysis of this many samples.</summary>
    public TrendOptions? Options(int samples) => Days == 0
        ? null : new TrendOptions { Period = TimeSpan.FromSeconds(Series.Interval * samples / Days) };

    public override string ToString() => Name;
}
