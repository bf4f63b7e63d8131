using System.Runtime.CompilerServices;
using Arena.Pools;
using Arena.Tests.Pools;

namespace Arena.Tests.Contract;

public sealed class PoolContractTests : AllocatorContract
{
    private protected override Lacks Lacks => PoolUnderTest.Lacks;

    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new PoolUnderTest(new Pool<Line64>(arena, new PoolOptions { Name = "bullets" }));
}

public sealed class PoolOfSmallSlabsContractTests : AllocatorContract
{
    private protected override Lacks Lacks => PoolUnderTest.Lacks;

    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new PoolUnderTest(new Pool<Line64>(arena, new PoolOptions { Name = "bullets", SlabBytes = 8192 }));
}

public sealed class SharedPoolContractTests : AllocatorContract
{
    private protected override Lacks Lacks => PoolUnderTest.Lacks;

    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new SharedPoolUnderTest(new SharedPool<Line64>(arena, new PoolOptions { Name = "bullets" }));
}

internal sealed unsafe class PoolUnderTest(Pool<Line64> pool) : AllocatorUnderTest
{
    public const Lacks Lacks =
        Contract.Lacks.Alignments | Contract.Lacks.GrantedBytes | Contract.Lacks.Reallocation
        | Contract.Lacks.ZeroedMemory;

    public override int FixedBytes => sizeof(Line64);

    public override nuint DefaultAlignment => sizeof(long);

    public override string Name => pool.Name;

    public override bool IsDisposed => pool.IsDisposed;

    public override int LiveCount => pool.LiveCount;

    public override string? Tag
    {
        get => pool.Tag;
        set => pool.Tag = value;
    }

    public override bool IgnoreLeaks
    {
        set => pool.IgnoreLeaks = value;
    }

    public override nint Allocate(int byteCount, int alignment) => alignment != 0
        ? throw Lacking()
        : (nint)pool.Allocate(Spawn.File, Spawn.Line, Spawn.Member);

    public override bool TryAllocate(int byteCount, int alignment, out nint place)
    {
        var served = pool.TryAllocate(out var slot, Spawn.File, Spawn.Line, Spawn.Member);
        place = (nint)slot;
        return served;
    }

    public override void Free(nint place) => pool.Free((Line64*)place);

    public override void Trim() => pool.Trim();

    public override void Walk(Action<nint> body)
    {
        foreach (ref var value in pool)
            body((nint)Unsafe.AsPointer(ref value));
    }

    public override void Dispose() => pool.Dispose();
}

internal sealed unsafe class SharedPoolUnderTest(SharedPool<Line64> pool) : AllocatorUnderTest
{
    public override bool IsShared => true;

    public override int FixedBytes => sizeof(Line64);

    public override string Name => pool.Name;

    public override bool IsDisposed => pool.IsDisposed;

    public override int LiveCount => pool.LiveCount;

    public override string? Tag
    {
        get => pool.Tag;
        set => pool.Tag = value;
    }

    public override bool IgnoreLeaks
    {
        set => pool.IgnoreLeaks = value;
    }

    public override nint Allocate(int byteCount, int alignment) => alignment != 0
        ? throw Lacking()
        : (nint)pool.Allocate(Spawn.File, Spawn.Line, Spawn.Member);

    public override bool TryAllocate(int byteCount, int alignment, out nint place)
    {
        var served = pool.TryAllocate(out var slot, Spawn.File, Spawn.Line, Spawn.Member);
        place = (nint)slot;
        return served;
    }

    public override void Free(nint place) => pool.Free((Line64*)place);

    public override void Trim() => pool.Trim();

    public override void Walk(Action<nint> body)
    {
        foreach (ref var value in pool)
            body((nint)Unsafe.AsPointer(ref value));
    }

    public override void Dispose() => pool.Dispose();
}
