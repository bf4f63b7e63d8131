namespace Arena;

/// <summary>What a guard knows of one allocation, live or freed a while ago.</summary>
/// <remarks>
/// <code>
/// raw place   | header | zone in front | the allocation | zone behind, and what the place has beyond it |
///             ^ Place                  ^ Address        ^ End                                           ^ PlaceEnd
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

    /// <summary>Whether it is kept in a <see cref="GuardHeader"/>, and not in a table.</summary>
    public bool HasHeader;

    /// <summary>Whether its header was overwritten: only where it lies is known, and at most how large it is.</summary>
    public bool IsDestroyed;

    public readonly nuint Place => Address - FrontBytes;

    public readonly nuint End => Address + ByteCount;

    public readonly nuint PlaceEnd => Place + PlaceBytes;

    /// <summary>Bytes of the place that are not its user's.</summary>
    public readonly nuint OwnBytes => IsDestroyed ? PlaceBytes : PlaceBytes - ByteCount;

    /// <summary>Where the bytes begin that are filled: behind the header, if it has one.</summary>
    public readonly nuint FillStart => Place + (HasHeader ? (nuint)GuardHeader.Bytes : 0);

    /// <summary>Decides where it is kept, and whether it has zones: a header says so by the room in front.</summary>
    public void SetKept(GuardOptions options)
    {
        HasHeader = GuardHeader.Fits(in this);
        HasZones = HasHeader ? FrontBytes > GuardHeader.Bytes : FrontBytes != 0 && options.RedZoneBytes != 0;
    }
}
