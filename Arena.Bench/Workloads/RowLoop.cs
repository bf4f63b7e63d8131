using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>C1: one thing done to all elements of a list of ints.</summary>
internal sealed class RowLoop<TRow> : Workload
    where TRow : struct, IRow
{
    private readonly RowWork _work;
    private readonly int _count;
    private TRow _row;

    public RowLoop(RowWork work, int count, TRow row)
    {
        _work = work;
        _count = count;
        _row = row;
        _row.Make();
        Fill();
    }

    public override int Granule => _count;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += _count)
            sum += Once();
        return sum;
    }

    protected override void End() => _row.Dispose();

    private ulong Once()
    {
        switch (_work)
        {
            case RowWork.Add:
                _row.Clear();
                Fill();
                return 0;
            case RowWork.Grow:
                _row.Make();
                Fill();
                return 0;
            case RowWork.Index:
                return Walk();
            case RowWork.Walk:
                return _row.Sum();
            default:
                Empty();
                Fill(); // both do it, and it is small beside
                return 0;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Fill()
    {
        for (var i = 0; i < _count; i++)
            _row.Add(i);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Walk()
    {
        var sum = 0UL;
        for (var i = 0; i < _row.Count; i++)
            sum += (uint)_row.At(i);
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Empty()
    {
        while (_row.Count > 0)
            _row.RemoveAtSwapBack(_row.Count >> 1);
    }
}
