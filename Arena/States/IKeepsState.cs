namespace Arena;

/// <summary>An object whose managed fields go back in time with an arena.</summary>
internal interface IKeepsState
{
    /// <summary>Names all fields that change, in one order; see <see cref="StateStream"/>.</summary>
    void KeepState(StateStream state);
}
