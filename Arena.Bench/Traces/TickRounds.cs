using Arena.Bench.Peers;

namespace Arena.Bench.Traces;

/// <summary>
/// Measures how long a program waits for its allocator within a tick of 16.67 ms: the worst tick and the one that
/// 99.9 % do not exceed, medians over several replays, with all contestants taking turns.
/// </summary>
internal sealed class TickRounds
{
    private const int Count = 7;

    private readonly double[] _times;
    private readonly List<(string Name, Func<(double Largest, double P999)> Ask)> _contestants = [];

    public TickRounds(PackedTrace trace) => _times = new double[Math.Max(0, trace.TickEnds.Length - 1)];

    /// <summary>Returns whether there are ticks: the first is not counted, it holds what was alive before.</summary>
    public static bool CanPlay(PackedTrace trace) => trace.TickEnds.Length > 2;

    public void Add<TMemory>(string name, TraceLoop<TMemory> loop)
        where TMemory : struct, ITraceMemory =>
        _contestants.Add((name, () =>
        {
            loop.Ticks(_times);
            Array.Sort(_times, (a, b) => b.CompareTo(a));
            return (_times[0], _times[_times.Length / 1000]);
        }));

    public void Add(string name, PeerProcess peer) =>
        _contestants.Add((name, () =>
        {
            var numbers = peer.Ask("1");
            return (numbers[0], numbers[1]);
        }));

    public List<TraceReport.Pause> Run()
    {
        var answers = _contestants.ConvertAll(_ => new List<(double Largest, double P999)>());
        for (var round = 0; round < Count; round++)
        {
            for (var i = 0; i < _contestants.Count; i++)
            {
                var at = (i + round) % _contestants.Count;
                answers[at].Add(_contestants[at].Ask());
            }
        }
        return [.. _contestants.Select((c, i) => new TraceReport.Pause(
            c.Name, Median(answers[i].Select(a => a.Largest)) / 1000, Median(answers[i].Select(a => a.P999)) / 1000))];
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Count / 2);
}
