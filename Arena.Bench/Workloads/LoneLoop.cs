using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Pools;

namespace Arena.Bench.Workloads;

/// <summary>The same as <see cref="LocalLoop{TView}"/> with a heap for one thread.</summary>
internal sealed unsafe class LoneLoop : Workload
{
    private readonly Heap _heap;
    private readonly nint[] _live = new nint[LocalLoop.LiveCount];

    public LoneLoop(Heap heap)
    {
        _heap = heap;
        for (var i = 0; i < _live.Length; i++)
            _live[i] = (nint)heap.Allocate(64);
    }

    public override int Granule => LocalLoop.LiveCount;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override ulong Run(long operations)
    {
        var heap = _heap;
        ref var at = ref MemoryMarshal.GetArrayDataReference(_live);
        for (var i = 0L; i < operations; i++)
        {
            ref var slot = ref Unsafe.Add(ref at, (int)(i % LocalLoop.LiveCount));
            Replace(heap, ref slot);
        }
        return (ulong)at;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Replace(Heap heap, ref nint slot)
    {
        heap.Free((void*)slot);
        slot = (nint)heap.Allocate(64);
        *(long*)slot = 1;
    }

    protected override void End()
    {
        foreach (var address in _live)
            _heap.Free((void*)address);
    }
}
