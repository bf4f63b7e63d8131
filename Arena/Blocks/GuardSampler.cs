namespace Arena;

/// <summary>
/// Picks one allocation in N: the distance to the next one is drawn from the geometric distribution, so that no pattern
/// of a program hides from it. Since each allocation is picked with the same probability whatever came before, any
/// number of allocations can be counted in advance, of each size or thread by itself, and forgotten if they are not
/// made. It also rests for any time, as between the windows of <see cref="SamplingWindows"/>.
/// </summary>
/// <param name="distance">The mean distance of two that are picked.</param>
/// <param name="isShared">True if many threads count.</param>
internal sealed class GuardSampler(double distance, bool isShared)
{
    private readonly Random _random = new();
    private readonly Lock _drawing = new();
    private long _left = Draw(Random.Shared, distance);
    private volatile bool _isResting;

    /// <summary>
    /// The filter by which an allocator decides which calls take the slow path; it counts in place of this sampler.
    /// Null if many threads share the allocator.
    /// </summary>
    public SampleFilter? Filter { get; } = isShared ? null : new SampleFilter(countsAllocations: true)
    {
        BytesLeft = Draw(Random.Shared, distance),
    };

    /// <summary>True while it counts nothing and picks nothing. Any thread may set it.</summary>
    public bool IsResting
    {
        get => _isResting;
        set
        {
            _isResting = value;
            Filter?.Rest(value);
        }
    }

    /// <summary>Counts an allocation; returns true if it is picked.</summary>
    /// <param name="asksFilter">True if the filter counts.</param>
    public bool Picks(bool asksFilter)
    {
        if (asksFilter && Filter is { } filter)
        {
            if (filter.Skips(0))
                return false;
            filter.BytesLeft = Draw(_random, distance);
            return true;
        }
        if (_isResting || Interlocked.Decrement(ref _left) != 0)
            return false;
        lock (_drawing)
            Interlocked.Exchange(ref _left, Draw(_random, distance));
        return true;
    }

    /// <summary>
    /// Counts the next allocations of one thread in advance. Returns how many come before one that is picked, or
    /// <paramref name="most"/> if none of these many is.
    /// </summary>
    public int Count(int most)
    {
        if (_left > most)
        {
            _left -= most;
            return most;
        }
        var before = (int)_left - 1;
        _left = Draw(_random, distance);
        return before;
    }

    private static long Draw(Random random, double distance) =>
        distance <= 1 ? 1 : 1 + (long)(Math.Log(1 - random.NextDouble()) / Math.Log(1 - 1 / distance));
}
