namespace Arena;

/// <summary>An object that counts allocations in <see cref="SamplingWindows"/>.</summary>
internal interface IFollowsWindows
{
    /// <summary>Begins to count, or ends it; a thread of the windows' own calls it.</summary>
    void FollowWindow(bool isOpen);
}
