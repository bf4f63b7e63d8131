namespace Arena;

/// <summary>A guard's record of one allocation, live or freed a while ago.</summary>
/// <remarks>
/// <code>
/// raw place   | header | zone in front | the allocation | zone behind, and what the place has beyond it |
///             ^ Place                  ^ Address        ^ End                                           ^ PlaceEnd
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

    /// <summary>The generation of a handle map's live slot; otherwise 0.</summary>
    public uint Mark;

    /// <summary>The number of its record in the crash file; 0 for none.</summary>
    public uint CrashNumber;

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

    /// <summary>True if it is kept in a <see cref="GuardHeader"/>, and not in a table.</summary>
    public bool HasHeader;

    /// <summary>True if its header was overwritten: only its place and the largest possible size are known.</summary>
    public bool IsDestroyed;

    public readonly nuint Place => Address - FrontBytes;

    public readonly nuint End => Address + ByteCount;

    public readonly nuint PlaceEnd => Place + PlaceBytes;

    /// <summary>Returns whether an address lies in the place.</summary>
    public readonly bool Covers(nuint address) => unchecked(address - Place) < PlaceBytes;

    /// <summary>Bytes of the place that are not its user's.</summary>
    public readonly nuint OwnBytes => IsDestroyed ? PlaceBytes : PlaceBytes - ByteCount;

    /// <summary>The first byte that is filled: behind the header, if it has one.</summary>
    public readonly nuint FillStart => Place + (HasHeader ? (nuint)GuardHeader.Bytes : 0);

    /// <summary>Decides where it is kept, and whether it has zones: a header says so by the room in front.</summary>
    public void SetKept(nuint zoneBytes)
    {
        HasHeader = GuardHeader.Fits(in this);
        HasZones = HasHeader ? FrontBytes > GuardHeader.Bytes : FrontBytes != 0 && zoneBytes != 0;
    }
}
