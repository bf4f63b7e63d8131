namespace Arena.Pools;

/// <summary>
/// A checked index into a <see cref="HandleMap{T}"/>: 8 bytes, never an address, safe to keep, to compare and to
/// send. It resolves as long as its value lives, and never after. <c>default</c> is "none" and never resolves.
/// </summary>
/// <typeparam name="T">The element, so that a handle of one type is not mistaken for one of another.</typeparam>
/// <example>
/// <code>
/// Handle&lt;Ship&gt; target = ships.Allocate(new Ship());   // 8 bytes, safe to keep after the ship is gone
/// if (ships.Contains(target))
///     ships[target].Health = 0;
/// </code>
/// </example>
public readonly record struct Handle<T>
    where T : unmanaged
{
    internal Handle(uint index, uint generation)
    {
        Index = index;
        Generation = generation;
    }

    /// <summary>True for <c>default</c>.</summary>
    public bool IsNone => Generation == 0;

    /// <summary>The slot's number, which no other slot of the arena has.</summary>
    internal uint Index { get; }

    /// <summary>The generation that the slot must have: odd, or 0 for none.</summary>
    internal uint Generation { get; }

    /// <summary>The generation that a live slot would have: odd, even if this handle was made up.</summary>
    internal uint LiveGeneration => Generation | 1;

    /// <summary>"Ship#12f.3", or "Ship#none".</summary>
    public override string ToString() =>
        IsNone ? $"{typeof(T).Name}#none" : $"{typeof(T).Name}#{Index:x}.{Generation:x}";
}
