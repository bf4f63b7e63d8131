namespace GameLoop.Racing;

/// <summary>Decides how many frames a turn plays, and when there are enough.</summary>
/// <param name="frames">Frames of each contestant.</param>
/// <param name="limit">The time after which it is enough; null to play them all.</param>
/// <param name="elapsed">The time since the race began.</param>
internal sealed class FramePlan(int frames, TimeSpan? limit, Func<TimeSpan> elapsed)
{
    /// <summary>Frames of the first turn, from which the length of the others follows.</summary>
    public const int FirstSlice = 4;

    private const int LongestSlice = 20;

    // Short, so that all contestants meet the same disturbances, and long beside the frame that is not measured.
    private const double SliceMilliseconds = 120;

    private int _slice = FirstSlice;

    /// <summary>Frames of each contestant so far.</summary>
    public int Done { get; private set; }

    /// <summary>The share of the plan that is done.</summary>
    public double Share => Math.Min(
        1, Math.Max(Done / (double)frames, limit is { } most ? elapsed() / most : 0));

    /// <summary>Returns the frames of the next turn; 0 at the end.</summary>
    public int Next() => Done == 0 || limit is null || elapsed() < limit ? Math.Min(_slice, frames - Done) : 0;

    /// <summary>Notes a turn of all contestants.</summary>
    /// <param name="count">Its frames.</param>
    /// <param name="slowestMilliseconds">A frame of the slowest contestant.</param>
    public void Played(int count, double slowestMilliseconds)
    {
        Done += count;
        _slice = (int)Math.Clamp(SliceMilliseconds / slowestMilliseconds, FirstSlice, LongestSlice);
    }
}
