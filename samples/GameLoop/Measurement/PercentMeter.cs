namespace GameLoop.Measurement;

/// <summary>Tells of every percent of a known number of steps; makes no managed objects while it does.</summary>
internal sealed class PercentMeter(long steps, Action onPercent)
{
    private long _done;
    private long _percent;

    public void Advance()
    {
        _done++;
        for (; _percent < _done * 100 / steps; _percent++)
            onPercent();
    }
}
