namespace Arena;

/// <summary>The end of work that is bounded by time. <c>default</c> is no bound.</summary>
internal readonly struct TimeLimit
{
    private readonly TimeProvider? _clock;
    private readonly long _start;
    private readonly TimeSpan _budget;

    /// <summary>Begins now.</summary>
    public TimeLimit(TimeProvider clock, TimeSpan budget)
    {
        _clock = clock;
        _start = clock.GetTimestamp();
        _budget = budget;
    }

    /// <summary>True once the time is used up. It reads the clock.</summary>
    public bool IsOver => _clock is not null && _clock.GetElapsedTime(_start) >= _budget;
}
