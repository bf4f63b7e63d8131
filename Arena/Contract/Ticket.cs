namespace Arena;

/// <summary>
/// The ticket of a container that has memory: a number, and the life that the ticket is in. A copy of the container has
/// a copy of the ticket, which is worthless once the container was disposed or has grown.
/// </summary>
internal readonly record struct Ticket(uint Number, uint Life)
{
    /// <summary>True for the default value: numbers begin with 1, and memory of a frame needs no ticket.</summary>
    public bool IsNone => Number == 0;

    /// <summary>The frame of the memory if there is no ticket, kept in place of a life; 0 for none.</summary>
    public uint Frame => Number == 0 ? Life : 0;

    /// <summary>Returns the value for a container in memory of a frame.</summary>
    public static Ticket OfFrame(uint frame) => new(0, frame);
}
