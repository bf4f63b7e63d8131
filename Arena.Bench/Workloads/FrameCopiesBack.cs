using System.Runtime.InteropServices;

namespace Arena.Bench.Workloads;

/// <summary>H2: copies back the pages that seven frames wrote to, each once.</summary>
internal sealed unsafe class FrameCopiesBack : FramePages
{
    private readonly byte* _copy;
    private readonly HashSet<int> _union = [];
    private readonly List<int> _pages = [];

    public FrameCopiesBack(nuint liveBytes, int pagesWritten, bool isSame = false)
        : base(liveBytes, pagesWritten, isSame) => _copy = Reserve(StateBytes);

    protected override void Prepare()
    {
        _union.Clear();
        for (var frame = 1; frame <= FrameRestores.Back; frame++)
        {
            WriteFrame();
            foreach (var page in Written)
                _union.Add(page);
        }
        _pages.Clear();
        _pages.AddRange(_union);
        _pages.Sort();
    }

    protected override void Measure()
    {
        foreach (var page in _pages)
        {
            var at = (nuint)page * PageBytes;
            Buffer.MemoryCopy(_copy + at, State + at, PageBytes, PageBytes);
        }
    }

    protected override void End()
    {
        NativeMemory.AlignedFree(_copy);
        base.End();
    }
}
