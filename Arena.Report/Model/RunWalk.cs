using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Sums the bytes of runs within ranges, which are asked for in ascending order.</summary>
internal sealed class RunWalk(IReadOnlyList<MapRun> runs)
{
    private int _first;

    public long BytesBetween(long from, long to)
    {
        while (_first < runs.Count && runs[_first].Offset + runs[_first].ByteCount <= from)
            _first++;
        long bytes = 0;
        for (var i = _first; i < runs.Count && runs[i].Offset < to; i++)
            bytes += Math.Min(to, runs[i].Offset + runs[i].ByteCount) - Math.Max(from, runs[i].Offset);
        return bytes;
    }
}
