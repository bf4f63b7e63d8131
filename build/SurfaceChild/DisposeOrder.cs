namespace SurfaceChild;

/// <summary>What is disposed, and in which order.</summary>
internal enum DisposeOrder
{
    Object,
    Arena,
    ObjectThenArena,
    ArenaThenObject,
}
