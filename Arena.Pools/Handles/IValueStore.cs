namespace Arena.Pools;

/// <summary>A store outside the slots of a map, which holds the values of its handles.</summary>
internal interface IValueStore : IKeepsState
{
    /// <summary>Opens or closes its own fast paths, after a guard came or went.</summary>
    void GuardChanged();

    /// <summary>Shows each live value.</summary>
    void Walk(IMemoryVisitor visitor);

    /// <summary>Shows those that overlap a part of a block, if they lie there.</summary>
    void WalkPart(IMemoryVisitor visitor, nuint from, nuint end);

    /// <summary>Gives the outlines of their pages.</summary>
    void GiveOutlines(ILiveOutlines outlines);
}
