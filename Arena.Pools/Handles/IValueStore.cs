namespace Arena.Pools;

/// <summary>Where the values of a map's handles lie that are not in its slots.</summary>
internal interface IValueStore : IKeepsState
{
    /// <summary>Shows each live value.</summary>
    void Walk(IMemoryVisitor visitor);
}
