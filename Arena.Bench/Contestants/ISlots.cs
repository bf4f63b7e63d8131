namespace Arena.Bench.Contestants;

/// <summary>
/// Slots of one size. Structs implement it and serve as type arguments, so that every contestant's calls inline into
/// the loop as they would in a game.
/// </summary>
/// <typeparam name="TSlot">
/// A struct too (an address, or a wrapped reference): a class as type argument would share code and pay look-ups.
/// </typeparam>
internal interface ISlots<TSlot>
    where TSlot : struct
{
    TSlot Allocate();

    void Free(TSlot slot);

    /// <summary>The slot's first eight bytes.</summary>
    static abstract ref ulong Word(TSlot slot);
}
