namespace Arena.Report.Model;

/// <summary>The end of a window: it decides about the allocations that are alive there.</summary>
internal enum WindowEnd
{
    /// <summary>The source ends there, in order.</summary>
    Complete,

    /// <summary>The game was about to free everything there, and the source has what was left.</summary>
    Closed,

    /// <summary>The game went on, and everything was freed before the source ended in order.</summary>
    FreedLater,

    /// <summary>The game went on; what was alive may have been freed later, or not.</summary>
    GoesOn,

    /// <summary>The source breaks off, or is still being written.</summary>
    BrokenOff,
}
