namespace GameLoop.Options;

/// <summary>The memory that the game's entities live in.</summary>
internal enum Backend
{
    Arena,
    Gc,
    Malloc,
}
