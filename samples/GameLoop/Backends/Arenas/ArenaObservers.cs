using Arena;
using Arena.Diagnostics;

namespace GameLoop.Backends.Arenas;

/// <summary>
/// Shows the game's memory to the outside while it runs: counts allocations, samples between frames, and analyses the
/// record now and then on a thread of its own.
/// </summary>
internal sealed class ArenaObservers : IDisposable
{
    private static readonly TimeSpan BetweenJudgements = TimeSpan.FromSeconds(5);

    private readonly ArenaMetrics _metrics;
    private readonly MemorySampler _sampler;
    private readonly TrendOptions _trend;
    private readonly Timer _judge;

    /// <summary>Starts; create it when everything that the game needs initially is alive.</summary>
    public ArenaObservers(PageArena arena)
    {
        _sampler = new MemorySampler(arena);
        _sampler.Sample();
        // A ceiling for an alert, as a game would have one: far above what it comes to need.
        var limit = 16 * _sampler.Record().Cells[0].LiveBytes;
        _metrics = ArenaMetrics.Observe(
            arena, new ArenaMetricsOptions { CountsAllocations = true, LimitBytes = (long)limit });
        _trend = new TrendOptions { LimitBytes = limit };
        _judge = new Timer(_ => Judge(), null, BetweenJudgements, BetweenJudgements);
    }

    /// <summary>Samples and reports at most once a second; call it between frames.</summary>
    public void Look()
    {
        _metrics.Update();
        _sampler.SampleIfDue();
    }

    public void Dispose()
    {
        // This does not happen during an analysis.
        using (var idle = new ManualResetEvent(false))
        {
            if (_judge.Dispose(idle))
                idle.WaitOne();
        }
        _metrics.Dispose();
        _sampler.Dispose();
    }

    private void Judge() => _metrics.Trend = _sampler.Record().Analyze(_trend).Trend;
}
