namespace Arena;

/// <summary>What a guard knows of one allocation, live or freed a while ago.</summary>
/// <remarks>
/// <code>
/// raw place   | zone in front | the allocation | zone behind, and what the place has beyond it |
///             ^ Place         ^ Address        ^ End                                           ^ PlaceEnd
/// </code>
/// </remarks>
internal struct GuardRecord
{
    /// <summary>What its user was given; 0 in an entry that is not used.</summary>
    public nuint Address;

    /// <summary>Bytes that were asked for.</summary>
    public nuint ByteCount;

    /// <summary>Bytes of the place that the allocator gave.</summary>
    public nuint PlaceBytes;

    /// <summary>Bytes from the place to the allocation.</summary>
    public uint FrontBytes;

    /// <summary>
    /// What a handle map's slot carries while its value lives, or the number of a crash record; 0 elsewhere.
    /// </summary>
    public uint Mark;

    /// <summary>Numbers of <see cref="SourceLines"/>.</summary>
    public int AllocatedLine;

    /// <summary>0 while it is live.</summary>
    public int FreedLine;

    /// <summary>Frames of the arena when it was freed.</summary>
    public uint FreedFrame;

    public GuardState State;

    /// <summary>Whether red zones were written around it.</summary>
    public bool HasZones;

    /// <summary>Whether it has pages of its own, with an inaccessible one behind them.</summary>
    public bool HasPages;

    public readonly nuint Place => Address - FrontBytes;

    public readonly nuint End => Address + ByteCount;

    public readonly nuint PlaceEnd => Place + PlaceBytes;

    /// <summary>Bytes of the place that are not its user's.</summary>
    public readonly nuint OwnBytes => PlaceBytes - ByteCount;
}
