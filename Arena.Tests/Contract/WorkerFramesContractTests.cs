namespace Arena.Tests.Contract;

/// <summary>Worker frames, of which each call takes the calling thread's own.</summary>
public sealed class WorkerFramesContractTests : AllocatorContract
{
    private protected override Lacks Lacks =>
        Lacks.Frees | Lacks.ExactFrees | Lacks.LiveCount | Lacks.GrantedBytes | Lacks.Reallocation | Lacks.ZeroedMemory
        | Lacks.Walk | Lacks.Observers | Lacks.LeakNotices;

    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new WorkersUnderTest(new WorkerFrames(arena, name: "crew"));
}

internal sealed unsafe class WorkersUnderTest(WorkerFrames frames) : AllocatorUnderTest
{
    public override string Name => frames.Name;

    public override string PartName => $"{frames.Name} 0";

    public override bool IsDisposed => frames.IsDisposed;

    public override nint Allocate(int byteCount, int alignment) =>
        (nint)frames.Current.Allocate((nuint)byteCount, (nuint)alignment);

    // A thread's first memory has no call that only tries.
    public override bool TryAllocate(int byteCount, int alignment, out nint place)
    {
        place = 0;
        try
        {
            var served = frames.Current.TryAllocate((nuint)byteCount, (nuint)alignment, out var address);
            place = (nint)address;
            return served;
        }
        catch (ArenaOutOfMemoryException)
        {
            return false;
        }
    }

    public override void Clear() => frames.NextFrame();

    public override void Dispose() => frames.Dispose();
}
