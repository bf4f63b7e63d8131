namespace Arena.Pools;

/// <summary>The red zones that a guard adds to every slot of a pool.</summary>
/// <param name="Front">Bytes in front of the element.</param>
/// <param name="Behind">Bytes behind it.</param>
/// <param name="Alignment">Alignment of every slot.</param>
internal readonly record struct SlotZones(int Front, int Behind, int Alignment)
{
    /// <summary>
    /// The largest alignment that slots have for speed alone: the lines that a processor fetches at once.
    /// </summary>
    public const int LargestAlignment = 128;
}
