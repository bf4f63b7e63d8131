namespace Arena.Bench.Workloads;

/// <summary>Allocations that die together.</summary>
internal interface IFrames
{
    /// <summary>64 bytes.</summary>
    nint Allocate();

    void NextFrame();
}
