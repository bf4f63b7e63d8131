namespace Arena.Diagnostics;

/// <summary>A capture, as far as its tracker has to know of it.</summary>
internal interface ITrackerCapture
{
    /// <summary>The path of its file.</summary>
    string Path { get; }

    /// <summary>True if it was disposed, so that another capture of the tracker may begin.</summary>
    bool IsEnded { get; }
}
