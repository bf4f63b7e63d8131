namespace GameLoop.Rules;

/// <summary>A sum of hashes, independent of the order in which they are added.</summary>
internal struct Checksum
{
    public ulong Value { get; private set; }

    public void Add(ulong hash) => Value = unchecked(Value + Rng.Mix(hash));

    /// <summary>Adds something described by two numbers.</summary>
    public void Add(ulong hash, ulong attachmentHash) => Add(Rng.Mix(hash, attachmentHash));
}
