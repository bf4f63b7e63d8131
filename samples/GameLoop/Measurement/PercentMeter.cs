namespace GameLoop.Measurement;

/// <summary>Calls back at every percent of a known number of steps; makes no managed objects.</summary>
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
