using System.Collections;

namespace Arena.Diagnostics;

/// <summary>
/// A series that keeps its value from one change to the next, and takes memory only for changes.
/// </summary>
/// <param name="starts">The indexes at which values begin, rising, the first at 0; none in an empty series.</param>
/// <param name="values">The values.</param>
/// <param name="count">The number of values, repeated ones included.</param>
internal sealed class StepSeries<T>(int[] starts, T[] values, int count) : IReadOnlyList<T>
{
    public int Count => count;

    /// <summary>The indexes at which values begin.</summary>
    public ReadOnlySpan<int> Starts => starts;

    /// <summary>The values, one for each of <see cref="Starts"/>.</summary>
    public ReadOnlySpan<T> Values => values;

    public T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
            var found = Array.BinarySearch(starts, index);
            return values[found >= 0 ? found : ~found - 1];
        }
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0; i < values.Length; i++)
        {
            var end = i + 1 < values.Length ? starts[i + 1] : count;
            for (var index = starts[i]; index < end; index++)
                yield return values[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
