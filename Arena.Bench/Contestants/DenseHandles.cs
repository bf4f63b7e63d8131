using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Values that always lie side by side.</summary>
internal readonly struct DenseHandles(DenseHandleMap<Node64> map) : IHandles
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Handle<Node64> Allocate(in Node64 value) => map.Allocate(in value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(Handle<Node64> handle) => map.Free(handle);
}
