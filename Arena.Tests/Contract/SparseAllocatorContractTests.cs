namespace Arena.Tests.Contract;

/// <summary>A sparse allocator, which is used through its handle only, as containers use it.</summary>
public sealed class SparseAllocatorContractTests : AllocatorContract
{
    private protected override Lacks Lacks => Lacks.ZeroedMemory | Lacks.Walk | Lacks.GrantedBytes;

    private protected override AllocatorUnderTest Make(PageArena arena)
    {
        var sparse = new SparseAllocator(arena, maximumBytes: 2 << 20, "rows");
        return new HandleUnderTest(sparse, new SparseUnderTest(sparse));
    }
}

internal sealed class SparseUnderTest(SparseAllocator sparse) : AllocatorUnderTest
{
    public override string Name => sparse.Name;

    public override bool IsDisposed => sparse.IsDisposed;

    public override bool IsShared => true;

    public override int LiveCount => sparse.LiveCount;

    public override string? Tag
    {
        get => sparse.Tag;
        set => sparse.Tag = value;
    }

    public override bool IgnoreLeaks
    {
        set => sparse.IgnoreLeaks = value;
    }

    public override bool TryAllocate(int byteCount, int alignment, out nint place) => throw Lacking();

    public override nint Allocate(int byteCount, int alignment) => throw Lacking();

    // The handle frees by the same call.
    public override bool Refuses(nint place) => true;

    public override void Dispose() => sparse.Dispose();
}
