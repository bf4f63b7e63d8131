namespace Arena.Diagnostics;

/// <summary>Thrown when a repeated action leaves memory behind, by <see cref="LeakAssert"/>.</summary>
/// <example>
/// <code>
/// try
/// {
///     LeakAssert.NoGrowth(1000, () =&gt; heap.AllocateSpan&lt;int&gt;(1), arena);
/// }
/// catch (LeakAssertException failure)
/// {
///     Console.WriteLine(failure.Message);             // names the lines
/// }
/// </code>
/// </example>
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
