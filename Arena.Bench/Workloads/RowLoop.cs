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
    private int _turn;

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
        return _small.Walk<First>() + _small.Walk<Second>() + _small.Walk<Third>() + _small.Walk<Fourth>()
            + _small.Run(WarmCount);
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
                return WalkInTurns();
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

    // A loop takes a third longer where the JIT puts it across a cache line, so copies of it take turns.
    private ulong WalkInTurns() => (_turn++ & 3) switch
    {
        0 => Walk<First>(),
        1 => Walk<Second>(),
        2 => Walk<Third>(),
        _ => Walk<Fourth>(),
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Walk<TCopy>()
        where TCopy : struct
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

    private readonly struct First;

    private readonly struct Second;

    private readonly struct Third;

    private readonly struct Fourth;
}
