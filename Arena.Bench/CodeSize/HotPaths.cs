using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;
using Arena.Pools;

namespace Arena.Bench.CodeSize;

/// <summary>
/// One method for each hot path, with nothing else in it, for the JIT to show: the code inlined into a game.
/// A new path is a method here and a line in <see cref="HotPathCalls"/>.
/// </summary>
internal static unsafe class HotPaths
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static nint PoolAllocate(Pool<Node64> pool) => (nint)pool.Allocate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void PoolFree(Pool<Node64> pool, nint slot) => pool.Free((Node64*)slot);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static nint PoolAllocate48(Pool<Node48> pool) => (nint)pool.Allocate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void PoolFree48(Pool<Node48> pool, nint slot) => pool.Free((Node48*)slot);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong PoolWalk(Pool<Node64> pool)
    {
        var sum = 0UL;
        foreach (ref var node in pool)
            sum += node.Value;
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong HandleRead(HandleMap<Node64> map, Handle<Node64> handle) => map[handle].Value;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool HandleTryGet(HandleMap<Node64> map, Handle<Node64> handle) => map.TryGet(handle, out _);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong RelocatableRead(RelocatableHeap heap, RelocatableHandle handle) =>
        MemoryMarshal.Read<ulong>(heap.Span(handle));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static nint FrameAllocate(FrameAllocator frames) => (nint)frames.Allocate((nuint)sizeof(Node64));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static nint HeapAllocate(Heap heap) => (nint)heap.Allocate((nuint)sizeof(Node64));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void HeapFree(Heap heap, nint address) => heap.Free((void*)address);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static nint SharedHeapAllocate(SharedHeap heap) => (nint)heap.Allocate((nuint)sizeof(Node64));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void SharedHeapFree(SharedHeap heap, nint address) => heap.Free((void*)address);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static nint SharedPoolAllocate(SharedPool<Node64> pool) => (nint)pool.Allocate();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void SharedPoolFree(SharedPool<Node64> pool, nint slot) => pool.Free((Node64*)slot);
}
