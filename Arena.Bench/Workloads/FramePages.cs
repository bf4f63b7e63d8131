using System.Runtime.InteropServices;
using Arena.Bench.Contestants;
using Arena.Bench.Machine;
using Arena.Pools;

namespace Arena.Bench.Workloads;

/// <summary>H: a full pool, of which each frame writes to a number of pages, at random or the same ones.</summary>
internal abstract unsafe class FramePages : Workload
{
    protected const int PageBytes = 4096;

    private readonly Pool<Node64> _pool;
    private readonly int[] _pages;
    private readonly bool _isSame;
    private Xorshift _random = new(1);
    private double _nanoseconds;

    protected FramePages(nuint liveBytes, int pagesWritten, bool isSame)
    {
        _isSame = isSame;
        Arena = new PageArena("frames");
        Arena.IgnoreLeaks = true;
        // One slab, so that a plain copy is one as well.
        _pool = new Pool<Node64>(Arena, new PoolOptions { SlabBytes = (int)liveBytes + (int)(liveBytes >> 5) });
        _pages = new int[pagesWritten];
        var slot = (byte*)_pool.Allocate();
        for (nuint done = 0; done < liveBytes; done += (nuint)sizeof(Node64))
            *(ulong*)_pool.Allocate() = done;
        State = slot + (PageBytes - (nuint)slot % PageBytes);
        StateBytes = liveBytes - PageBytes;
    }

    public override double? MeasuredNanoseconds => _nanoseconds;

    protected PageArena Arena { get; }

    /// <summary>Whole pages of slots.</summary>
    protected byte* State { get; }

    protected nuint StateBytes { get; }

    /// <summary>The pages that the last frame wrote to; one may be there twice.</summary>
    protected ReadOnlySpan<int> Written => _pages;

    public override ulong Run(long operations)
    {
        _nanoseconds = 0;
        for (var i = 0L; i < operations; i++)
        {
            Prepare();
            var start = Clock.Nanoseconds(1);
            Measure();
            _nanoseconds += Clock.Nanoseconds(1) - start;
        }
        return *(ulong*)State;
    }

    public override ulong WarmUp() => Run(10);

    /// <summary>Does the work before the measured part.</summary>
    protected virtual void Prepare() => WriteFrame();

    /// <summary>Does the measured part.</summary>
    protected abstract void Measure();

    protected void WriteFrame()
    {
        var count = (uint)(StateBytes / PageBytes);
        for (var i = 0; i < _pages.Length; i++)
        {
            var page = _isSame ? i : (int)(_random.Next() % count);
            _pages[i] = page;
            ((ulong*)(State + (nuint)page * PageBytes))[2]++;
        }
    }

    protected static byte* Reserve(nuint byteCount)
    {
        var copy = (byte*)NativeMemory.AlignedAlloc(byteCount, PageBytes);
        NativeMemory.Fill(copy, byteCount, 1);
        return copy;
    }

    protected override void End() => Arena.Dispose();
}
