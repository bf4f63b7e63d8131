using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Pools;

namespace Arena.Bench.Workloads;

/// <summary>A thousand alive of 64 bytes, replaced one after the other: the cost of finding a thread's part.</summary>
/// <typeparam name="TView">The way to call the heap.</typeparam>
internal sealed unsafe class LocalLoop<TView> : Workload
    where TView : struct, LocalLoop.IView
{
    private readonly SharedHeap _heap;
    private readonly nint[] _live = new nint[LocalLoop.LiveCount];

    public LocalLoop(SharedHeap heap)
    {
        _heap = heap;
        for (var i = 0; i < _live.Length; i++)
            _live[i] = (nint)heap.Allocate(64);
    }

    public override int Granule => LocalLoop.LiveCount;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override ulong Run(long operations) => TView.Walk(_heap, _live, operations);

    protected override void End()
    {
        foreach (var address in _live)
            _heap.Free((void*)address);
    }
}

/// <summary>The two ways to call a shared heap, as loops of their own.</summary>
internal static unsafe class LocalLoop
{
    public const int LiveCount = 1000;

    public interface IView
    {
        static abstract ulong Walk(SharedHeap heap, nint[] live, long operations);
    }

    public readonly struct EachCall : IView
    {
        public static ulong Walk(SharedHeap heap, nint[] live, long operations)
        {
            ref var at = ref MemoryMarshal.GetArrayDataReference(live);
            for (var i = 0L; i < operations; i++)
            {
                ref var slot = ref Unsafe.Add(ref at, (int)(i % LiveCount));
                Replace(heap, ref slot);
            }
            return (ulong)at;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Replace(SharedHeap heap, ref nint slot)
        {
            heap.Free((void*)slot);
            slot = (nint)heap.Allocate(64);
            *(long*)slot = 1;
        }
    }

    /// <summary>
    /// The floor of each call: with the part found before, and a read of a number of the thread's own, by which each
    /// pair of calls would have to find it.
    /// </summary>
    public readonly struct WithThreadStatic : IView
    {
        [ThreadStatic]
        private static nuint own;

        public static ulong Walk(SharedHeap heap, nint[] live, long operations)
        {
            own = 0;
            var local = heap.Local();
            ref var at = ref MemoryMarshal.GetArrayDataReference(live);
            for (var i = 0L; i < operations; i++)
            {
                ref var slot = ref Unsafe.Add(ref at, (int)(i % LiveCount));
                Replace(local, ref slot);
            }
            return (ulong)at;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Replace(LocalHeap heap, ref nint slot)
        {
            heap.Free((void*)(slot + (nint)own));
            slot = (nint)heap.Allocate(64);
            *(long*)slot = 1;
        }
    }

    public readonly struct OncePerBatch : IView
    {
        public static ulong Walk(SharedHeap heap, nint[] live, long operations)
        {
            var local = heap.Local();
            ref var at = ref MemoryMarshal.GetArrayDataReference(live);
            for (var i = 0L; i < operations; i++)
            {
                ref var slot = ref Unsafe.Add(ref at, (int)(i % LiveCount));
                Replace(local, ref slot);
            }
            return (ulong)at;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Replace(LocalHeap heap, ref nint slot)
        {
            heap.Free((void*)slot);
            slot = (nint)heap.Allocate(64);
            *(long*)slot = 1;
        }
    }
}
