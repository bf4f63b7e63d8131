namespace GameLoop.Backends;

/// <summary>
/// A berth and the id of the ship in it that is meant, because a pointer could dangle. Id 0 is no ship.
/// </summary>
internal struct TargetLock
{
    public int Berth;
    public uint Id;
}
