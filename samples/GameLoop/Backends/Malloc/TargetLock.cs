namespace GameLoop.Backends.Malloc;

/// <summary>A pointer could dangle, so a lock names a berth and which ship in it is meant. Id 0 is no ship.</summary>
internal struct TargetLock
{
    public int Berth;
    public uint Id;
}
