using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Pools;
using Arena.Tests.Pools;

namespace Arena.Tests.Contract;

public sealed class HandleMapContractTests : AllocatorContract
{
    private protected override Lacks Lacks => PoolUnderTest.Lacks | Lacks.Addresses;

    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new HandleMapUnderTest(new HandleMap<Line64>(arena, new PoolOptions { Name = "ships" }));
}

public sealed class DenseHandleMapContractTests : AllocatorContract
{
    private protected override Lacks Lacks => PoolUnderTest.Lacks | Lacks.Addresses | Lacks.ChangesInWalks;

    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new DenseHandleMapUnderTest(new DenseHandleMap<Line64>(arena, new PoolOptions { Name = "ships" }));
}

/// <summary>A map, whose places are the bits of its handles.</summary>
internal abstract unsafe class MapUnderTest : AllocatorUnderTest
{
    public override int FixedBytes => sizeof(Line64);

    public override nuint DefaultAlignment => sizeof(long);

    public override nint Allocate(int byteCount, int alignment) =>
        alignment != 0 ? throw Lacking() : PlaceOf(Allocate());

    public override bool TryAllocate(int byteCount, int alignment, out nint place)
    {
        var served = TryAllocate(out var handle);
        place = PlaceOf(handle);
        return served;
    }

    public override void Free(nint place)
    {
        if (!Free(HandleOf(place)))
            Assert.Fail("a live handle did not resolve");
    }

    public override bool Refuses(nint place) => !Free(HandleOf(place));

    public override Span<byte> Contents(nint place, int byteCount) =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref Value(HandleOf(place)), 1))[..byteCount];

    protected static Handle<Line64> HandleOf(nint place) => Unsafe.BitCast<long, Handle<Line64>>(place);

    protected static nint PlaceOf(Handle<Line64> handle) => (nint)Unsafe.BitCast<Handle<Line64>, long>(handle);

    protected abstract Handle<Line64> Allocate();

    protected abstract bool TryAllocate(out Handle<Line64> handle);

    protected abstract bool Free(Handle<Line64> handle);

    protected abstract ref Line64 Value(Handle<Line64> handle);
}

internal sealed class HandleMapUnderTest(HandleMap<Line64> map) : MapUnderTest
{
    public override string Name => map.Name;

    public override bool IsDisposed => map.IsDisposed;

    public override int LiveCount => map.LiveCount;

    public override string? Tag
    {
        get => map.Tag;
        set => map.Tag = value;
    }

    public override bool IgnoreLeaks
    {
        set => map.IgnoreLeaks = value;
    }

    public override void Trim() => map.Trim();

    public override void Walk(Action<nint> body)
    {
        foreach (var entry in map)
            body(PlaceOf(entry.Handle));
    }

    public override void Dispose() => map.Dispose();

    protected override Handle<Line64> Allocate() => map.Allocate(default, Spawn.File, Spawn.Line, Spawn.Member);

    protected override bool TryAllocate(out Handle<Line64> handle) =>
        map.TryAllocate(default, out handle, Spawn.File, Spawn.Line, Spawn.Member);

    protected override bool Free(Handle<Line64> handle) => map.Free(handle);

    protected override ref Line64 Value(Handle<Line64> handle) => ref map[handle];
}

internal sealed class DenseHandleMapUnderTest(DenseHandleMap<Line64> map) : MapUnderTest
{
    public override string Name => map.Name;

    public override bool IsDisposed => map.IsDisposed;

    public override int LiveCount => map.LiveCount;

    public override string? Tag
    {
        get => map.Tag;
        set => map.Tag = value;
    }

    public override bool IgnoreLeaks
    {
        set => map.IgnoreLeaks = value;
    }

    public override void Trim() => map.Trim();

    public override void Walk(Action<nint> body)
    {
        foreach (var handle in map.Handles)
            body(PlaceOf(handle));
    }

    public override void Dispose() => map.Dispose();

    protected override Handle<Line64> Allocate() => map.Allocate(default, Spawn.File, Spawn.Line, Spawn.Member);

    protected override bool TryAllocate(out Handle<Line64> handle) =>
        map.TryAllocate(default, out handle, Spawn.File, Spawn.Line, Spawn.Member);

    protected override bool Free(Handle<Line64> handle) => map.Free(handle);

    protected override ref Line64 Value(Handle<Line64> handle) => ref map[handle];
}
