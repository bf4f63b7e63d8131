using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>C1: one thing done to all elements of a list of ints.</summary>
internal sealed class RowLoop<TRow> : Workload
    where TRow : struct, IRow
{
    private const int WarmCount = 500;

    private readonly RowWork _work;
    private readonly TRow _empty;
    private readonly int _count;
    private TRow _row;
    private RowLoop<TRow>? _small;

    public RowLoop(RowWork work, int count, TRow row)
    {
        _work = work;
        _count = count;
        _empty = _row = row;
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

    /// <summary>Does all that there is to do to a small one, so that every loop gets its final code.</summary>
    public override ulong WarmUp()
    {
        _small ??= new RowLoop<TRow>(_work, WarmCount, _empty);
        _small.Empty();
        _small.Fill();
        return _small.Walk() + _small.Run(WarmCount);
    }

    protected override void End()
    {
        _row.Dispose();
        _small?._row.Dispose();
    }

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
        ref var row = ref _row;
        for (var i = 0; i < _count; i++)
            row.Add(i);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Walk()
    {
        ref var row = ref _row;
        var sum = 0UL;
        for (var i = 0; i < row.Count; i++)
            sum += (uint)row.At(i);
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Empty()
    {
        ref var row = ref _row;
        while (row.Count > 0)
            row.RemoveAtSwapBack(row.Count >> 1);
    }
}
