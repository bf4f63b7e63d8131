namespace Arena.Pools;

/// <summary>Where the values of a map's handles lie that are not in its slots.</summary>
internal interface IValueStore : IKeepsState
{
    /// <summary>Shows each live value.</summary>
    void Walk(IMemoryVisitor visitor);

    /// <summary>Shows those that overlap a part of a block, if they lie there.</summary>
    void WalkPart(IMemoryVisitor visitor, nuint from, nuint end);

    /// <summary>Gives the outlines of their pages.</summary>
    void GiveOutlines(ILiveOutlines outlines);
}
