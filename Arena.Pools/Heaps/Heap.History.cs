namespace Arena.Pools;

// The state that a history saves: where segments and magazines are. Their contents lie in the arena.
public sealed unsafe partial class Heap
{
    internal override string? WhyNoHistory => null;

    internal override void KeepState(StateStream state)
    {
        _blocks.KeepState(state);
        _threadHeap!.KeepState(state);
        if (state.IsRestoring)
            OpenFastPaths();
    }

    internal override void GiveOutlines(ILiveOutlines outlines) => _blocks.GiveOutlines(outlines);

    internal override void WalkPart(IMemoryVisitor visitor, nuint from, nuint end) =>
        _blocks.WalkPart(visitor, from, end);
}
