using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Tests.Pools;

/// <summary>A pool of any kind, as a model with shadow contents plays with it.</summary>
internal abstract unsafe class Subject(int valueBytes) : IDisposable
{
    // The count of this one and of those before it on the arena.
    [ThreadStatic]
    private static List<nint>? freed;

    protected static List<nint> Freed => freed ??= [];

    public abstract bool TryAllocate(out nint address);

    public abstract void Free(nint address);

    public abstract void Trim();

    public abstract void Dispose();

    /// <summary>Frees something once more, which must be refused.</summary>
    public virtual void FreeStale(Random random, Dictionary<nint, byte> live)
    {
        if (Freed.Count == 0)
            return;
        var stale = Freed[random.Next(Freed.Count)];
        if (!live.ContainsKey(stale))
            Assert.Throws<InvalidFreeException>(() => FreeAddress(stale));
    }

    public Span<byte> Value(nint address) => new((void*)address, valueBytes);

    /// <summary>Counts and walks: exactly this lives.</summary>
    public void Check(Dictionary<nint, byte> live)
    {
        Assert.Equal(live.Count, LiveCount);
        var seen = Walk();
        Assert.Equal(live.Count, seen.Count);
        foreach (var address in seen)
            Assert.True(live.ContainsKey(address), $"{address:x} is not alive");
    }

    protected abstract int LiveCount { get; }

    protected abstract List<nint> Walk();

    protected abstract void FreeAddress(nint address);

    protected static void Remember(nint address)
    {
        if (Freed.Count > 200)
            Freed.Clear();
        Freed.Add(address);
    }
}

internal sealed unsafe class PoolSubject<T>(PageArena arena, PoolOptions options) : Subject(sizeof(T))
    where T : unmanaged
{
    private readonly Pool<T> _pool = new(arena, options);

    protected override int LiveCount => _pool.LiveCount;

    public override bool TryAllocate(out nint address)
    {
        var taken = _pool.TryAllocate(out var slot);
        address = (nint)slot;
        return taken;
    }

    public override void Free(nint address)
    {
        FreeAddress(address);
        Remember(address);
    }

    public override void Trim() => _pool.Trim();

    public override void Dispose() => _pool.Dispose();

    protected override List<nint> Walk()
    {
        var seen = new List<nint>();
        foreach (ref var value in _pool)
            seen.Add((nint)Unsafe.AsPointer(ref value));
        return seen;
    }

    protected override void FreeAddress(nint address) => _pool.Free((T*)address);
}

internal sealed unsafe class SharedPoolSubject<T>(PageArena arena, PoolOptions options) : Subject(sizeof(T))
    where T : unmanaged
{
    private readonly SharedPool<T> _pool = new(arena, options);

    protected override int LiveCount => _pool.LiveCount;

    public override bool TryAllocate(out nint address)
    {
        var taken = _pool.TryAllocate(out var slot);
        address = (nint)slot;
        return taken;
    }

    public override void Free(nint address)
    {
        FreeAddress(address);
        Remember(address);
    }

    public override void Trim() => _pool.Trim();

    public override void Dispose() => _pool.Dispose();

    protected override List<nint> Walk()
    {
        var seen = new List<nint>();
        foreach (ref var value in _pool)
            seen.Add((nint)Unsafe.AsPointer(ref value));
        return seen;
    }

    protected override void FreeAddress(nint address) => _pool.Free((T*)address);
}

internal sealed unsafe class MapSubject<T>(PageArena arena, PoolOptions options) : Subject(sizeof(T))
    where T : unmanaged
{
    [ThreadStatic]
    private static List<Handle<T>>? stale;

    private readonly HandleMap<T> _map = new(arena, options);
    private readonly Dictionary<nint, Handle<T>> _handles = [];

    protected override int LiveCount => _map.LiveCount;

    private static List<Handle<T>> Stale => stale ??= [];

    public override bool TryAllocate(out nint address)
    {
        address = 0;
        if (!_map.TryAllocate(default, out var handle))
            return false;
        address = (nint)Unsafe.AsPointer(ref _map[handle]);
        _handles[address] = handle;
        return true;
    }

    public override void Free(nint address)
    {
        var handle = _handles[address];
        Assert.True(_map.Free(handle));
        if (Stale.Count > 200)
            Stale.Clear();
        Stale.Add(handle);
    }

    public override void FreeStale(Random random, Dictionary<nint, byte> live)
    {
        if (Stale.Count == 0)
            return;
        var handle = Stale[random.Next(Stale.Count)];
        Assert.False(_map.TryGet(handle, out _));
        Assert.False(_map.Free(handle));
        Assert.Throws<InvalidOperationException>(() => _map[handle]);
    }

    public override void Trim() => _map.Trim();

    public override void Dispose()
    {
        Stale.AddRange(_handles.Values.Take(50));
        _map.Dispose();
    }

    protected override List<nint> Walk()
    {
        var seen = new List<nint>();
        foreach (var entry in _map)
        {
            var address = (nint)Unsafe.AsPointer(ref entry.Value);
            Assert.True(_handles[address] == entry.Handle, $"{address:x} has another handle");
            seen.Add(address);
        }
        return seen;
    }

    protected override void FreeAddress(nint address) => _map.Free(_handles[address]);
}
