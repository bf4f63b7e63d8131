namespace Arena.Diagnostics;

/// <summary>A capture of what a tracker knows, as far as the tracker has to know of it.</summary>
internal interface ITrackerCapture
{
    /// <summary>The path of its file.</summary>
    string Path { get; }

    /// <summary>Whether it was disposed, so that another capture of the tracker may begin.</summary>
    bool IsEnded { get; }
}
