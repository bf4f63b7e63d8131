namespace Arena.Diagnostics;

/// <summary>
/// The live bytes of all categories as read last, divided into a bounded number of series: a category that is alive
/// gets one while there is room, and gives it up when nothing of it is alive; categories without one are added up.
/// </summary>
internal sealed class LiveCategories(IMemoryBreakdown? source, int seriesMax)
{
    public const string OthersName = "(other tags)";

    private readonly List<int> _shown = [];
    private bool[] _isShown = [];
    private long[] _bytes = [];
    private int _count;

    /// <summary>Reads all categories; makes no garbage once they are known.</summary>
    public void Read()
    {
        if (source is null)
            return;
        _count = BreakdownReader.Read(source, ref _bytes);
        Array.Resize(ref _isShown, _bytes.Length);
        EndSeries();
        BeginSeries();
    }

    /// <summary>Returns the series and, last and without a name, the rest; together they are the total.</summary>
    /// <remarks>
    /// Categories may be estimates, or a moment older than the total: if they add up to more, all are scaled down in
    /// proportion.
    /// </remarks>
    public (string? Name, long Bytes)[] With(long total)
    {
        long sum = 0, ofShown = 0;
        for (var category = 0; category < _count; category++)
            sum += IsLive(category) ? _bytes[category] : 0;
        var scale = sum > total ? (double)total / sum : 1;
        var series = new List<(string?, long)>(_shown.Count + 2);
        foreach (var category in _shown)
        {
            ofShown += _bytes[category];
            Add(source!.NameOf(category), _bytes[category]);
        }
        if (sum > ofShown)
            Add(OthersName, sum - ofShown);
        series.Add((null, total));
        return [.. series];

        void Add(string name, long bytes)
        {
            bytes = (long)(bytes * scale);
            total -= bytes;
            series.Add((name, bytes));
        }
    }

    private void EndSeries()
    {
        for (var i = _shown.Count - 1; i >= 0; i--)
        {
            var category = _shown[i];
            if (IsLive(category))
                continue;
            _isShown[category] = false;
            _shown.RemoveAt(i);
        }
    }

    private void BeginSeries()
    {
        while (_shown.Count < seriesMax)
        {
            var largest = -1;
            for (var category = 0; category < _count; category++)
            {
                if (IsLive(category) && !_isShown[category] && (largest < 0 || _bytes[category] > _bytes[largest]))
                    largest = category;
            }
            if (largest < 0)
                return;
            _isShown[largest] = true;
            _shown.Add(largest);
        }
    }

    // Bytes that are known to have no tag belong to the series without one.
    private bool IsLive(int category) => _bytes[category] > 0 && source!.NameOf(category) != TrackedBreakdown.NoTagName;
}
