namespace Arena.Tests.Contract;

public sealed class FrameAllocatorContractTests : AllocatorContract
{
    private protected override Lacks Lacks =>
        Lacks.Frees | Lacks.ExactFrees | Lacks.LiveCount | Lacks.GrantedBytes | Lacks.Reallocation | Lacks.ZeroedMemory
        | Lacks.Walk | Lacks.Observers | Lacks.LeakNotices;

    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new FramesUnderTest(new FrameAllocator(arena, name: "steps"));
}

internal sealed unsafe class FramesUnderTest(FrameAllocator frames) : AllocatorUnderTest
{
    public override string Name => frames.Name;

    public override bool IsDisposed => frames.IsDisposed;

    public override nint Allocate(int byteCount, int alignment) =>
        (nint)frames.Allocate((nuint)byteCount, (nuint)alignment);

    public override bool TryAllocate(int byteCount, int alignment, out nint place)
    {
        var served = frames.TryAllocate((nuint)byteCount, (nuint)alignment, out var address);
        place = (nint)address;
        return served;
    }

    public override void Clear() => frames.NextFrame();

    public override void Dispose() => frames.Dispose();
}
