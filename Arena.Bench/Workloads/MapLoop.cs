using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>
/// C3, C4: one thing done with all keys of a dictionary or a set, at random or in the order of their numbers.
/// </summary>
internal sealed class MapLoop<TMap, TKey> : Workload
    where TMap : struct, IMap<TKey>
{
    private const int Seed = 12;

    private const int WarmCount = 500;

    private readonly MapWork _work;
    private readonly TMap _empty;
    private readonly Func<int, TKey> _key;
    private readonly bool _inOrder;
    private readonly TKey[] _keys;
    private readonly TKey[] _asked;
    private TMap _map;
    private MapLoop<TMap, TKey>? _small;

    public MapLoop(MapWork work, int count, TMap map, Func<int, TKey> key, bool inOrder)
    {
        _work = work;
        _empty = _map = map;
        _key = key;
        _inOrder = inOrder;
        var random = new Random(Seed);
        _keys = [.. Enumerable.Range(0, count).Select(key)];
        if (!inOrder)
            random.Shuffle(_keys);
        _asked = work == MapWork.Miss ? [.. Enumerable.Range(count, count).Select(key)] : [.. _keys];
        if (!inOrder)
            random.Shuffle(_asked);
        _map.Make();
        Fill();
    }

    public override int Granule => _keys.Length;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += _keys.Length)
            sum += Once();
        return sum;
    }

    /// <summary>
    /// Does all that there is to do to a small one: a walk fills only once, and the JIT would wait for the loop's final
    /// code, and a million keys take long.
    /// </summary>
    public override ulong WarmUp()
    {
        _small ??= new MapLoop<TMap, TKey>(_work, WarmCount, _empty, _key, _inOrder);
        _small._map.Clear();
        _small.Fill();
        return _small.Walk() + _small.Run(WarmCount);
    }

    protected override void End()
    {
        _map.Dispose();
        _small?._map.Dispose();
    }

    private ulong Once()
    {
        switch (_work)
        {
            case MapWork.Insert:
                _map.Clear();
                Fill();
                return 0;
            case MapWork.Grow:
                _map.Make();
                Fill();
                return 0;
            case MapWork.Walk:
                return _map.Sum();
            default:
                return Walk();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Fill()
    {
        var value = 0;
        foreach (var key in _keys)
            _map.Add(key, value++);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Walk()
    {
        var sum = 0UL;
        foreach (var key in _asked)
            sum += (uint)_map.Find(key);
        return sum;
    }
}
