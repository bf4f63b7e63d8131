namespace Arena.Bench.Contestants;

/// <summary>Allocations that die together.</summary>
internal interface IFrames
{
    /// <summary>Allocates 64 bytes.</summary>
    nint Allocate();

    void NextFrame();
}
