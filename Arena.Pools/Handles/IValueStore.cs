namespace Arena.Pools;

/// <summary>A store outside the slots of a map, which holds the values of its handles.</summary>
internal interface IValueStore : IKeepsState
{
    /// <summary>Shows each live value.</summary>
    void Walk(IMemoryVisitor visitor);
}
