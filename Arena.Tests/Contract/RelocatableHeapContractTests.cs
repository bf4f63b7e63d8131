using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Tests.Contract;

public sealed class RelocatableHeapContractTests : AllocatorContract
{
    private protected override Lacks Lacks =>
        Lacks.Alignments | Lacks.Addresses | Lacks.ZeroedMemory | Lacks.Walk;

    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new RelocatableUnderTest(new RelocatableHeap(arena, "assets"));
}

/// <summary>A relocatable heap, whose places are the bits of its handles. Its trims compact it.</summary>
internal sealed class RelocatableUnderTest(RelocatableHeap heap) : AllocatorUnderTest
{
    public override string Name => heap.Name;

    public override bool IsDisposed => heap.IsDisposed;

    public override int LiveCount => heap.LiveCount;

    public override string? Tag
    {
        get => heap.Tag;
        set => heap.Tag = value;
    }

    public override bool IgnoreLeaks
    {
        set => heap.IgnoreLeaks = value;
    }

    public override nint Allocate(int byteCount, int alignment) => alignment != 0
        ? throw Lacking()
        : PlaceOf(heap.Allocate((nuint)byteCount, Spawn.File, Spawn.Line, Spawn.Member));

    public override bool TryAllocate(int byteCount, int alignment, out nint place)
    {
        var served = heap.TryAllocate((nuint)byteCount, out var handle, Spawn.File, Spawn.Line, Spawn.Member);
        place = PlaceOf(handle);
        return served;
    }

    // A resize leaves the handle as it is.
    public override nint Reallocate(nint place, int byteCount)
    {
        heap.Resize(HandleOf(place), (nuint)byteCount, Spawn.File, Spawn.Line, Spawn.Member);
        return place;
    }

    public override void Free(nint place) => heap.Free(HandleOf(place));

    public override nuint GrantedBytes(nint place) => heap.ByteCount(HandleOf(place));

    public override Span<byte> Contents(nint place, int byteCount) => heap.Span(HandleOf(place))[..byteCount];

    public override void Trim()
    {
        heap.Compact(nuint.MaxValue);
        heap.Trim();
    }

    public override void Dispose() => heap.Dispose();

    private static RelocatableHandle HandleOf(nint place) => Unsafe.BitCast<long, RelocatableHandle>(place);

    private static nint PlaceOf(RelocatableHandle handle) => (nint)Unsafe.BitCast<RelocatableHandle, long>(handle);
}
