using Arena.Diagnostics;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>One analysis of a record of live bytes with white noise.</summary>
[MemoryDiagnoser]
public class TrendAnalysis
{
    private double[] _seconds = [];
    private double[] _bytes = [];

    /// <summary>Length of the record.</summary>
    [Params(288, 10_000, 1_000_000)]
    public int Samples { get; set; }

    [GlobalSetup]
    public void Begin()
    {
        var random = new Random(1);
        _seconds = [.. Enumerable.Range(0, Samples).Select(i => 60.0 * i)];
        _bytes = [.. _seconds.Select(_ => 1e8 + Math.Round(1e6 * random.NextDouble()))];
    }

    [Benchmark(Description = "LeakTrend.Analyze")]
    public TrendReport Analyze() => LeakTrend.Analyze(_seconds, _bytes);
}
