using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Pools;

namespace Arena.Bench.Workloads;

/// <summary>
/// The loop of <see cref="LocalLoop{TView}"/> with a heap for one thread; also with a read of a word of signals for
/// each call, which no heap of several threads can avoid.
/// </summary>
internal sealed unsafe class LoneLoop<TCall> : Workload
    where TCall : struct, LoneLoop.ICall
{
    private readonly Heap _heap;
    private readonly nint[] _live = new nint[LocalLoop.LiveCount];

    /// <param name="heap">The heap.</param>
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
        TCall.Begin();
        heap.Free((void*)slot);
        TCall.Begin();
        slot = (nint)heap.Allocate(64);
        *(long*)slot = 1;
    }

    protected override void End()
    {
        foreach (var address in _live)
            _heap.Free((void*)address);
    }
}

/// <summary>The two kinds of calls: nothing beside the work, or a read of a word of signals.</summary>
internal static class LoneLoop
{
    private static readonly ulong[] Signals = new ulong[1];

    public interface ICall
    {
        static abstract void Begin();
    }

    public readonly struct Plain : ICall
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Begin()
        {
        }
    }

    public readonly struct WithSignals : ICall
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Begin()
        {
            if (Volatile.Read(ref MemoryMarshal.GetArrayDataReference(Signals)) != 0)
                throw new InvalidOperationException("There are no signals.");
        }
    }
}
