namespace Arena;

/// <summary>What is told when a window of <see cref="SamplingWindows"/> begins or ends.</summary>
internal interface IFollowsWindows
{
    /// <summary>Called on a thread of its own, which waits for no other.</summary>
    void FollowWindow(bool isOpen);
}
