using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>C2: a queue that holds a hundred ints; one comes, one goes.</summary>
internal sealed class RingLoop<TRing> : Workload
    where TRing : struct, IRing
{
    private const int Held = 100;

    private TRing _ring;

    public RingLoop(TRing ring)
    {
        _ring = ring;
        for (var i = 0; i < Held; i++)
            _ring.Enqueue(i);
    }

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var i = 0L; i < operations; i++)
        {
            _ring.Enqueue((int)i);
            sum += (uint)_ring.Dequeue();
        }
        return sum;
    }

    protected override void End() => _ring.Dispose();
}
