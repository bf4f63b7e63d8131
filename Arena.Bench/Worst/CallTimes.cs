using System.Diagnostics;
using Arena.Bench.Machine;

namespace Arena.Bench.Worst;

/// <summary>
/// The times of single calls of one kind, in the order in which a scenario makes them. A scenario makes the same calls
/// in each run, so the least time of a call over the runs is what the call itself costs: an interruption hits another
/// call each time.
/// </summary>
internal sealed class CallTimes(string name)
{
    private readonly List<long> _ticks = [];
    private readonly List<long> _faults = [];
    private int _next;
    private long _start;
    private long _startFaults;

    public string Name { get; } = name;

    public int Count => _ticks.Count;

    /// <summary>The pages that the call with the most of them touched for the first time.</summary>
    public long MostFaults => _faults.Max();

    /// <summary>Begins a run; the first one also counts page faults.</summary>
    public void Restart() => _next = 0;

    public void Begin()
    {
        if (_next == _ticks.Count)
            _startFaults = PageFaults.Count();
        _start = Stopwatch.GetTimestamp();
    }

    public void End()
    {
        var ticks = Stopwatch.GetTimestamp() - _start;
        if (_next < _ticks.Count)
        {
            _ticks[_next] = Math.Min(_ticks[_next], ticks);
        }
        else
        {
            _faults.Add(PageFaults.Count() - _startFaults);
            _ticks.Add(ticks);
        }
        _next++;
    }

    /// <summary>Returns the microseconds that this share of the calls does not exceed.</summary>
    public double Quantile(double share)
    {
        var sorted = _ticks.Order().ToArray();
        return Microseconds(sorted[(int)Math.Ceiling(share * sorted.Length) - 1]);
    }

    /// <summary>Returns the microseconds of the longest call that touched no new page; 0 if all did.</summary>
    public double LongestWithoutFault() =>
        Microseconds(_ticks.Where((_, i) => _faults[i] == 0).DefaultIfEmpty().Max());

    private static double Microseconds(long ticks) => ticks * (1e6 / Stopwatch.Frequency);
}
