using System.Runtime.CompilerServices;

namespace Arena.Bench.Workloads;

/// <summary>C5: as many values in an array.</summary>
internal sealed class ArrayWalk(int count) : Workload
{
    private readonly long[] _values = [.. Enumerable.Range(0, count)];

    public override int Granule => _values.Length;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += _values.Length)
            sum += Walk();
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Walk()
    {
        var sum = 0UL;
        foreach (ref var value in _values.AsSpan())
            sum += (ulong)value;
        return sum;
    }
}
