using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Lookups that return references, and what a map has in common with every allocator.
public sealed unsafe partial class HandleMap<T>
{
    /// <summary>The arena that its slabs come from.</summary>
    public PageArena Arena => _arena;

    /// <inheritdoc cref="Allocator.Tag"/>
    public string? Tag
    {
        get => _pool.Tag;
        set => _pool.Tag = value;
    }

    /// <inheritdoc cref="Allocator.IgnoreLeaks"/>
    public bool IgnoreLeaks
    {
        get => _pool.IgnoreLeaks;
        set => _pool.IgnoreLeaks = value;
    }

    /// <summary>Returns whether a handle resolves, because its value lives in this map.</summary>
    /// <param name="handle">Any handle.</param>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(Handle<T> handle) => Find(handle) != null;

    /// <summary>Finds the live value of a handle without throwing.</summary>
    /// <param name="handle">Any handle.</param>
    /// <param name="found">False if the handle is none, stale or of another map.</param>
    /// <returns>The value itself, or a null reference, which must not be read.</returns>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Find(Handle<T> handle, out bool found)
    {
        found = TryGet(handle, out var value);
        return ref Unsafe.AsRef<T>(value);
    }

    /// <summary>The token of the map's pages in the arena's owner table.</summary>
    internal ushort OwnerToken => _pool.OwnerToken;

    /// <summary>The guard of its values; null while there is none.</summary>
    internal AllocatorGuard? Guard => _pool.Guard;

    internal void ThrowIfDisposed() => _pool.ThrowIfDisposed();

    internal void ThrowOutOfMemory(nuint requestedBytes, string why) => Throw.OutOfMemory(_pool, requestedBytes, why);
}
