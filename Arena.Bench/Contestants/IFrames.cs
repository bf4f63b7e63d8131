namespace Arena.Bench.Contestants;

/// <summary>Allocations that die together.</summary>
internal interface IFrames
{
    /// <summary>Allocates 64 bytes.</summary>
    nint Allocate();

    /// <summary>Allocates a number of bytes, aligned to 16.</summary>
    nint Allocate(int byteCount);

    void NextFrame();
}
