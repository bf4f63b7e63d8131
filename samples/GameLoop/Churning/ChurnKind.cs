namespace GameLoop.Churning;

/// <summary>A kind of churn.</summary>
internal enum ChurnKind
{
    /// <summary>Allocates 64 bytes, writes 8 of them, frees them; nothing else is alive.</summary>
    Pair,

    /// <summary>100,000 of 64 bytes are alive: replaces one at random.</summary>
    Replace,

    /// <summary>100,000 of 16 to 512 bytes are alive: replaces one at random by one of another size.</summary>
    ReplaceAnySize,
}
