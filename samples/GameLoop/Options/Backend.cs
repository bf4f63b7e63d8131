namespace GameLoop.Options;

/// <summary>What the game's entities live in.</summary>
internal enum Backend
{
    Arena,
    Gc,
    Malloc,
}
