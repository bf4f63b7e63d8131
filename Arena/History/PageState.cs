namespace Arena;

/// <summary>One page in the frame that a history's table is at; see <see cref="PageVersions"/>.</summary>
internal struct PageState
{
    /// <summary>The page's part of the checksum.</summary>
    public ulong Sum;

    /// <summary>Which bytes of it live; see <see cref="ILiveOutlines"/>.</summary>
    public ulong Outline;

    /// <summary>A number of <see cref="PageCopies"/>.</summary>
    public int Copy;

    /// <summary>While a frame is saved: one more than its place in the list of changes; 0 for none.</summary>
    public int Entry;
}
