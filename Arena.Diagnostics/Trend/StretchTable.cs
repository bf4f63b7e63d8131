using System.Buffers;

namespace Arena.Diagnostics;

/// <summary>A table of how badly a straight line fits each stretch of a series: the squares of its residuals.</summary>
/// <remarks>
/// Another point moves the means and adds a product of two distances from them to each sum (Welford, Technometrics 4,
/// 1962), so each stretch takes one step, and a large level costs no digits. The table is as long as the square of the
/// series, and is made again for each planted leak, so its memory is rented.
/// </remarks>
internal readonly struct StretchTable : IDisposable
{
    private readonly int _count;
    private readonly int _shortest;

    // Indexed by start, then by end.
    private readonly double[] _squares;

    /// <param name="x">Rising positions.</param>
    /// <param name="y">Values.</param>
    /// <param name="shortest">The fewest points of a stretch.</param>
    public StretchTable(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int shortest)
    {
        _count = x.Length;
        _shortest = shortest;
        _squares = ArrayPool<double>.Shared.Rent(_count * (_count + 1));
        for (int start = 0; start < _count; start++)
        {
            double meanX = x[start], meanY = y[start], xx = 0, xy = 0, yy = 0;
            for (int end = start + 2; end <= _count; end++)
            {
                int points = end - start;
                double dx = x[end - 1] - meanX, dy = y[end - 1] - meanY, share = (points - 1) / (double)points;
                meanX += dx / points;
                meanY += dy / points;
                xx += share * dx * dx;
                xy += share * dx * dy;
                yy += share * dy * dy;
                _squares[start * (_count + 1) + end] = Math.Max(yy - xy / xx * xy, 0);
            }
        }
    }

    public void Dispose() => ArrayPool<double>.Shared.Return(_squares);

    /// <summary>
    /// Returns the squares of the line from <paramref name="start"/> to before <paramref name="end"/>.
    /// </summary>
    public double Squares(int start, int end) => _squares[start * (_count + 1) + end];

    /// <summary>Finds the three stretches that lines fit best: their squares, and where the later two begin.</summary>
    public (double Squares, int First, int Second) Three()
    {
        (double Squares, int First, int Second) best = (double.PositiveInfinity, 0, 0);
        for (int first = _shortest; first <= _count - 2 * _shortest; first++)
        {
            for (int second = first + _shortest; second <= _count - _shortest; second++)
            {
                double squares = Squares(0, first) + Squares(first, second) + Squares(second, _count);
                if (squares < best.Squares)
                    best = (squares, first, second);
            }
        }
        return best;
    }
}
