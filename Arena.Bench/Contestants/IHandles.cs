using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Values behind handles.</summary>
internal interface IHandles
{
    Handle<Node64> Allocate(in Node64 value);

    void Free(Handle<Node64> handle);
}
