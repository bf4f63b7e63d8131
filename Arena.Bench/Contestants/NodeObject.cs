namespace Arena.Bench.Contestants;

/// <summary>These 64 bytes as an object of the garbage-collected heap, which adds its 16-byte header.</summary>
internal sealed class NodeObject
{
    public Node64 Node;
}
