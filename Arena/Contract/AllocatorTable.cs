using System.Diagnostics.CodeAnalysis;

namespace Arena;

/// <summary>
/// The allocators that have a handle, by index. An allocator enters when it is first converted to a handle and leaves
/// when it is disposed; an index that is used again has another generation. Any thread may call it.
/// </summary>
internal static class AllocatorTable
{
    // The number of disposed allocators whose names are kept, so that the message of a stale handle names its
    // allocator.
    private const int MostFormer = 4096;

    private static readonly Lock Changing = new();
    private static readonly Stack<int> FreeIndices = [];
    private static readonly Dictionary<AllocatorHandle, string> Former = [];
    private static readonly Queue<AllocatorHandle> FormerOrder = [];

    // Index 0 is the handle that is none. The array is replaced by a longer one when it is full.
    private static AllocatorEntry?[] entries = new AllocatorEntry?[16];
    private static uint[] generations = new uint[16];
    private static int count = 1;

    /// <summary>Returns the allocator's handle, and makes it if <paramref name="known"/> is none.</summary>
    /// <param name="source">The allocator.</param>
    /// <param name="known">The field in which the allocator keeps its handle.</param>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public static AllocatorHandle HandleOf(IMemorySource source, ref AllocatorHandle known)
    {
        if (Find(known) is { } entry && entry.Source == source)
            return known;
        lock (Changing)
        {
            ObjectDisposedException.ThrowIf(source.IsDisposed, source.Label);
            if (known.IsNone)
                known = Add(source);
            return known;
        }
    }

    /// <summary>Ends a handle, if there is one. From now on it names a disposed allocator.</summary>
    public static void Remove(AllocatorHandle handle)
    {
        // A disposed allocator gets no handle, so one that has none now never will.
        lock (Changing)
        {
            if (Find(handle) is not { } entry)
                return;
            Volatile.Write(ref entries[handle.Index], null);
            if (handle.Generation != uint.MaxValue)
                FreeIndices.Push(handle.Index);
            Former.Add(handle, entry.Label);
            FormerOrder.Enqueue(handle);
            if (FormerOrder.Count > MostFormer)
                Former.Remove(FormerOrder.Dequeue());
        }
    }

    /// <summary>Undoes <see cref="Remove"/>, for an allocator that comes back.</summary>
    public static void Return(IMemorySource? source, AllocatorHandle handle)
    {
        lock (Changing)
        {
            if (source is null || handle.IsNone || At(handle.Index) is not null)
                return;
            // One that comes from another process may be beyond.
            while (handle.Index >= entries.Length)
                Grow();
            for (; count <= handle.Index; count++)
                FreeIndices.Push(count);
            generations[handle.Index] = Math.Max(generations[handle.Index], handle.Generation);
            Volatile.Write(ref entries[handle.Index], new AllocatorEntry(source, handle.Generation));
            var others = FreeIndices.Where(index => index != handle.Index).Reverse().ToArray();
            FreeIndices.Clear();
            foreach (var index in others)
                FreeIndices.Push(index);
            Former.Remove(handle);
        }
    }

    /// <summary>No other thread adds or removes a handle until the result is disposed.</summary>
    public static Lock.Scope Hold() => Changing.EnterScope();

    /// <summary>Returns the allocator that a handle names, or null if there is none.</summary>
    public static AllocatorEntry? Find(AllocatorHandle handle)
    {
        var table = Volatile.Read(ref entries);
        if ((uint)handle.Index >= (uint)table.Length)
            return null;
        var entry = Volatile.Read(ref table[handle.Index]);
        return entry is not null && entry.Generation == handle.Generation ? entry : null;
    }

    /// <summary>Returns the allocator that has an index now, or null.</summary>
    public static AllocatorEntry? At(int index)
    {
        var table = Volatile.Read(ref entries);
        return unchecked((uint)index) < (uint)table.Length ? Volatile.Read(ref table[index]) : null;
    }

    /// <summary>Finds an allocator like <see cref="Find"/>, but throws if there is none.</summary>
    public static AllocatorEntry Get(AllocatorHandle handle)
    {
        if (Find(handle) is { } entry)
            return entry;
        ThrowGone(handle);
        return null;
    }

    /// <summary>Returns "heap 'level'", also for an allocator that was disposed recently.</summary>
    public static string LabelOf(AllocatorHandle handle)
    {
        if (handle.IsNone)
            return "no allocator";
        lock (Changing)
        {
            if (Find(handle) is { } entry)
                return entry.Label;
            return Former.TryGetValue(handle, out var label)
                ? label
                : $"allocator {handle.Index} of generation {handle.Generation}";
        }
    }

    [DoesNotReturn]
    private static void ThrowGone(AllocatorHandle handle)
    {
        if (handle.IsNone)
        {
            throw new InvalidOperationException(
                "The container has no allocator, because it is default or was disposed. Make it with one, as in "
                + "new NativeList<int>(heap), before it is changed.");
        }
        throw new ObjectDisposedException(
            LabelOf(handle), "The allocator of this container was disposed, and its memory is gone.");
    }

    private static AllocatorHandle Add(IMemorySource source)
    {
        if (!FreeIndices.TryPop(out var index))
        {
            index = count;
            if (index == entries.Length)
                Grow();
            count++;
        }
        var generation = ++generations[index];
        Volatile.Write(ref entries[index], new AllocatorEntry(source, generation));
        return new AllocatorHandle(index, generation);
    }

    private static void Grow()
    {
        Array.Resize(ref generations, 2 * generations.Length);
        var table = entries;
        Array.Resize(ref table, 2 * table.Length);
        Volatile.Write(ref entries, table);
    }
}
