namespace Arena;

/// <summary>
/// What a container has while it has memory: the number of its ticket and the life that the ticket is in. A copy of the
/// container has a copy of it, which is worth nothing once the container was disposed or has grown.
/// </summary>
internal readonly record struct Ticket(uint Number, uint Life)
{
    /// <summary>Numbers begin with 1. Memory of a frame needs no ticket.</summary>
    public bool IsNone => Number == 0;

    /// <summary>In place of a life, where there is no ticket: the frame that the memory is of; 0 for none.</summary>
    public uint Frame => Number == 0 ? Life : 0;

    /// <summary>What a container in memory of a frame has.</summary>
    public static Ticket OfFrame(uint frame) => new(0, frame);
}
