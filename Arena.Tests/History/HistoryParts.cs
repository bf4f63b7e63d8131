namespace Arena.Tests.History;

/// <summary>Asks the machine that runs the tests what it can do.</summary>
internal static class HistoryParts
{
    private static readonly Lazy<bool> Tracks = new(() =>
    {
        using var arena = new PageArena("probe");
        try
        {
            using var history = ArenaHistory.Attach(
                arena, 1, new ArenaHistoryOptions { Mechanism = HistoryMechanism.WriteTracking });
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    });

    /// <summary>True if the system notes which pages are written.</summary>
    public static bool CanTrack => Tracks.Value;
}
