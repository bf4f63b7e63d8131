using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>C6: allocate a thousand and free them, in the order in which they came or at random.</summary>
internal sealed class RangeLoop<TRanges> : Workload
    where TRanges : struct, IRanges
{
    private const int Count = 1_000;

    private readonly TRanges _ranges;
    private readonly nint[] _taken = new nint[Count];
    private readonly nint[] _freed;
    private readonly int[] _order = [.. Enumerable.Range(0, Count)];

    public RangeLoop(TRanges ranges, Drain drain)
    {
        _ranges = ranges;
        _freed = drain == Drain.Random ? new nint[Count] : _taken;
        new Random(1).Shuffle(_order);
    }

    public override int Granule => Count;

    public override ulong Run(long operations)
    {
        for (var done = 0L; done < operations; done += Count)
        {
            _ranges.Allocate(_taken);
            if (_freed != _taken)
                Fill();
            _ranges.Free(_freed);
        }
        return (ulong)_freed[^1];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Fill()
    {
        for (var i = 0; i < Count; i++)
            _freed[i] = _taken[_order[i]];
    }
}
