namespace Arena.Tests.Contract;

/// <summary>An allocator of any size.</summary>
internal unsafe class GeneralUnderTest(GeneralAllocator allocator) : AllocatorUnderTest
{
    public override string Name => allocator.Name;

    public override bool IsDisposed => allocator.IsDisposed;

    public override string? Tag
    {
        get => allocator.Tag;
        set => allocator.Tag = value;
    }

    public override bool IgnoreLeaks
    {
        set => allocator.IgnoreLeaks = value;
    }

    public override nint Allocate(int byteCount, int alignment) =>
        (nint)allocator.Allocate((nuint)byteCount, (nuint)alignment, Spawn.File, Spawn.Line, Spawn.Member);

    public override bool TryAllocate(int byteCount, int alignment, out nint place)
    {
        var served = allocator.TryAllocate(
            (nuint)byteCount, (nuint)alignment, out var address, Spawn.File, Spawn.Line, Spawn.Member);
        place = (nint)address;
        return served;
    }

    public override nint Reallocate(nint place, int byteCount) =>
        (nint)allocator.Reallocate((void*)place, (nuint)byteCount, Spawn.File, Spawn.Line, Spawn.Member);

    public override void Free(nint place) => allocator.Free((void*)place);

    public override nuint GrantedBytes(nint place) => allocator.UsableBytes((void*)place);

    public override void Dispose() => allocator.Dispose();
}
