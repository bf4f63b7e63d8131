using Arena.Pools;
using Arena.Tests.Collections;

namespace Arena.Tests.Contract;

/// <summary>A heap that is used through its handle, as a container uses it.</summary>
public sealed class AllocatorHandleContractTests : AllocatorContract
{
    private protected override Lacks Lacks => Lacks.ZeroedMemory | Lacks.Walk | Lacks.GrantedBytes;

    private protected override AllocatorUnderTest Make(PageArena arena)
    {
        var heap = new Heap(arena, "words");
        return new HandleUnderTest(heap, new HeapUnderTest(heap));
    }
}

/// <summary>A user's own allocator, without an arena.</summary>
public sealed class CustomAllocatorContractTests : AllocatorContract
{
    private protected override Lacks Lacks =>
        Lacks.ExactFrees | Lacks.ZeroedMemory | Lacks.Walk | Lacks.GrantedBytes | Lacks.Observers | Lacks.LeakNotices
        | Lacks.Arena;

    private protected override AllocatorUnderTest Make(PageArena arena)
    {
        var custom = new LimitedAllocator(64 << 20, "mine");
        return new HandleUnderTest(custom, new CustomUnderTest(custom));
    }
}

/// <summary>Allocates, resizes and frees by handle; everything else is asked of what it names.</summary>
internal sealed class HandleUnderTest(AllocatorHandle handle, AllocatorUnderTest named) : AllocatorUnderTest
{
    private readonly Dictionary<nint, nuint> _byteCounts = new(10_000);

    public override string Name => named.Name;

    public override bool IsDisposed => named.IsDisposed;

    public override bool IsShared => named.IsShared;

    public override int LiveCount => named.LiveCount;

    public override string? Tag
    {
        get => named.Tag;
        set => named.Tag = value;
    }

    public override bool IgnoreLeaks
    {
        set => named.IgnoreLeaks = value;
    }

    public override nint Allocate(int byteCount, int alignment)
    {
        var place = handle.Allocate((nuint)byteCount, (nuint)alignment, Spawn.File, Spawn.Line, Spawn.Member);
        _byteCounts[place] = (nuint)byteCount;
        return place;
    }

    // A handle has no call that only tries.
    public override bool TryAllocate(int byteCount, int alignment, out nint place)
    {
        place = 0;
        try
        {
            place = Allocate(byteCount, alignment);
            return true;
        }
        catch (ArenaOutOfMemoryException)
        {
            return false;
        }
    }

    public override nint Reallocate(nint place, int byteCount)
    {
        var old = _byteCounts.GetValueOrDefault(place);
        var moved = handle.Reallocate(
            place, old, (nuint)byteCount, 0, Spawn.File, Spawn.Line, Spawn.Member);
        _byteCounts.Remove(place);
        _byteCounts[moved] = (nuint)byteCount;
        return moved;
    }

    public override void Free(nint place)
    {
        handle.Free(place, _byteCounts.GetValueOrDefault(place));
        _byteCounts.Remove(place);
    }

    public override bool Refuses(nint place) => named.Refuses(place) && base.Refuses(place);

    public override void Trim() => named.Trim();

    public override void Dispose() => named.Dispose();
}

internal sealed class CustomUnderTest(LimitedAllocator custom) : AllocatorUnderTest
{
    public override string Name => custom.Name;

    public override bool IsDisposed => custom.IsDisposed;

    public override int LiveCount =>
        custom.IsDisposed ? throw new ObjectDisposedException(custom.Name) : custom.LiveCount;

    public override bool TryAllocate(int byteCount, int alignment, out nint place) => throw Lacking();

    public override nint Allocate(int byteCount, int alignment) => throw Lacking();

    // Whatever it is given, it frees: nothing can be asked of it.
    public override bool Refuses(nint place) => throw Lacking();

    public override void Dispose() => custom.Dispose();
}
