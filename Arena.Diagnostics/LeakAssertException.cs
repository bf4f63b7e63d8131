namespace Arena.Diagnostics;

/// <summary>What was repeated leaves memory behind: thrown by <see cref="LeakAssert"/>.</summary>
public sealed class LeakAssertException : Exception
{
    internal LeakAssertException(string message, TrendReport trend, IReadOnlyList<SiteTrend> sites)
        : base(message)
    {
        Trend = trend;
        Sites = sites;
    }

    /// <summary>The judgement of the live bytes, with iterations in place of seconds.</summary>
    public TrendReport Trend { get; }

    /// <summary>The growth by call site, in bytes an iteration, the steepest first.</summary>
    public IReadOnlyList<SiteTrend> Sites { get; }
}
