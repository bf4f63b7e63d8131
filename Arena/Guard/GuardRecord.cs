namespace Arena;

/// <summary>A guard's record of one allocation, live or freed a while ago.</summary>
/// <remarks>
/// <code>
/// raw place   | zone in front | the allocation | zone behind, and what the place has beyond it |
///             ^ Place         ^ Address        ^ End                                           ^ PlaceEnd
/// </code>
/// </remarks>
internal struct GuardRecord
{
    /// <summary>The address that its user has; 0 in an unused entry.</summary>
    public nuint Address;

    /// <summary>The bytes requested.</summary>
    public nuint ByteCount;

    /// <summary>The bytes of the allocator's place.</summary>
    public nuint PlaceBytes;

    /// <summary>The bytes from the place to the allocation.</summary>
    public uint FrontBytes;

    /// <summary>The generation of a handle map's live slot, or the number of a crash record; otherwise 0.</summary>
    public uint Mark;

    /// <summary>The line that allocated it, as a number of <see cref="SourceLines"/>.</summary>
    public int AllocatedLine;

    /// <summary>The line that freed it; 0 while it is live.</summary>
    public int FreedLine;

    /// <summary>The arena's frame in which it was freed.</summary>
    public uint FreedFrame;

    public GuardState State;

    /// <summary>True if red zones were written around it.</summary>
    public bool HasZones;

    /// <summary>True if it has pages of its own, with an inaccessible one behind them.</summary>
    public bool HasPages;

    public readonly nuint Place => Address - FrontBytes;

    public readonly nuint End => Address + ByteCount;

    public readonly nuint PlaceEnd => Place + PlaceBytes;

    /// <summary>The bytes of the place that its user does not have.</summary>
    public readonly nuint OwnBytes => PlaceBytes - ByteCount;
}
