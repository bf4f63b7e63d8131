namespace Arena;

/// <summary>A frame that is read from a stream, and gives its memory back unless it is kept.</summary>
internal sealed class IncomingFrame(PageVersions pages) : IDisposable
{
    private bool _isKept;

    /// <summary>In its list of changes are all its pages, in the order of their places.</summary>
    public SavedFrame Frame { get; } = new();

    /// <summary>The number of pages that the arena must know.</summary>
    public int KnownPages { get; set; }

    /// <summary>It is one of the history's now.</summary>
    public void Keep() => _isKept = true;

    public void Dispose()
    {
        if (_isKept)
            return;
        pages.Forget(Frame.Changes);
        Frame.Dispose();
    }
}
