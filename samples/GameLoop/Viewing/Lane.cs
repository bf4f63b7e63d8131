namespace GameLoop.Viewing;

/// <summary>The frame times of one contestant, as far as they are shown.</summary>
internal sealed class Lane(string name)
{
    private const int Kept = 400;

    private readonly Queue<double> _turns = new();
    private readonly List<double> _frames = [];

    public string Name => name;

    /// <summary>The mean frame of each of the last turns, the newest last, in milliseconds.</summary>
    public IReadOnlyCollection<double> Turns => _turns;

    /// <summary>The median of all frames.</summary>
    public double Median => _frames.Count == 0 ? 0 : Statistics.Percentiles.Median([.. _frames.Order()]);

    /// <summary>The longest of all frames.</summary>
    public double Longest => _frames.Count == 0 ? 0 : _frames.Max();

    /// <summary>Adds a turn.</summary>
    public void Add(long[] nanoseconds)
    {
        _turns.Enqueue(nanoseconds.Average() / 1e6);
        if (_turns.Count > Kept)
            _turns.Dequeue();
        _frames.AddRange(nanoseconds.Select(static time => time / 1e6));
    }
}
