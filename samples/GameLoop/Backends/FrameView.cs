using GameLoop.Rules;

namespace GameLoop.Backends;

/// <summary>What all entities see of one frame, and where they draw themselves.</summary>
internal ref struct FrameView(ShipGrid grid, Picture picture)
{
    public readonly ShipGrid Grid = grid;
    public Picture Picture = picture;
}
