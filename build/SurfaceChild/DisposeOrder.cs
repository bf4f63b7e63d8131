namespace SurfaceChild;

/// <summary>The objects to dispose, and their order.</summary>
internal enum DisposeOrder
{
    Object,
    Arena,
    ObjectThenArena,
    ArenaThenObject,
}
