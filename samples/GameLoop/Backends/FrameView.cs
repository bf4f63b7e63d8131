using GameLoop.Rules;

namespace GameLoop.Backends;

/// <summary>The view that all entities have of one frame, and the picture in which they draw themselves.</summary>
internal ref struct FrameView(ShipGrid grid, Picture picture)
{
    public readonly ShipGrid Grid = grid;
    public Picture Picture = picture;
}
