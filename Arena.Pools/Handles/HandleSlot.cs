namespace Arena.Pools;

/// <summary>
/// A slot of a handle map: <c>| generation, 4 bytes | padding | value |</c>. The generation is odd while the value
/// lives and even while the slot is free, and never 0; it lies beside the value so that checking a handle touches the
/// line that the caller wants anyway.
/// </summary>
internal struct HandleSlot<T>
    where T : unmanaged
{
    public uint Generation;
    public T Value;

    /// <summary>True if a slot that is live in the pool is never used again.</summary>
    public readonly bool IsRetired => (Generation & 1) == 0;
}
