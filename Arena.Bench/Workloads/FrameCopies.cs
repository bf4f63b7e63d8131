using System.Runtime.InteropServices;

namespace Arena.Bench.Workloads;

/// <summary>H1, H4: copies the whole state every frame.</summary>
internal sealed unsafe class FrameCopies : FramePages
{
    private readonly byte* _copy;

    public FrameCopies(nuint liveBytes, int pagesWritten, bool isSame = false)
        : base(liveBytes, pagesWritten, isSame) => _copy = Reserve(StateBytes);

    protected override void Measure() => Buffer.MemoryCopy(State, _copy, StateBytes, StateBytes);

    protected override void End()
    {
        NativeMemory.AlignedFree(_copy);
        base.End();
    }
}
