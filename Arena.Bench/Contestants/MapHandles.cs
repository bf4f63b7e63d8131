using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Values that stay where they are.</summary>
internal readonly struct MapHandles(HandleMap<Node64> map) : IHandles
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Handle<Node64> Allocate(in Node64 value) => map.Allocate(in value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(Handle<Node64> handle) => map.Free(handle);
}
