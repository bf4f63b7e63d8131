using System.Diagnostics.CodeAnalysis;

namespace Arena;

/// <summary>
/// The allocators that have a handle, by index. One enters when it is first turned into a handle and leaves when it is
/// disposed; an index that is used again has another generation. For any thread.
/// </summary>
internal static class AllocatorTable
{
    // Names of allocators that are gone, the last ones: the message of a stale handle names its allocator.
    private const int MostFormer = 4096;

    private static readonly Lock Changing = new();
    private static readonly Stack<int> FreeIndices = [];
    private static readonly Dictionary<AllocatorHandle, string> Former = [];
    private static readonly Queue<AllocatorHandle> FormerOrder = [];

    // Index 0 is the handle that is none. Replaced by a longer one when it is full.
    private static AllocatorEntry?[] entries = new AllocatorEntry?[16];
    private static uint[] generations = new uint[16];
    private static int count = 1;

    /// <summary>The allocator's handle, made now where <paramref name="known"/> has none yet.</summary>
    /// <param name="source">The allocator.</param>
    /// <param name="known">Where the allocator keeps its handle.</param>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
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

    /// <summary>Ends a handle, if there is one: from now on it names an allocator that is gone.</summary>
    public static void Remove(AllocatorHandle handle)
    {
        // A disposed allocator gets no handle any more, so one that has none now never will.
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

    /// <summary>The allocator that a handle names, or null where it is gone or never was.</summary>
    public static AllocatorEntry? Find(AllocatorHandle handle)
    {
        var table = Volatile.Read(ref entries);
        if ((uint)handle.Index >= (uint)table.Length)
            return null;
        var entry = Volatile.Read(ref table[handle.Index]);
        return entry is not null && entry.Generation == handle.Generation ? entry : null;
    }

    /// <summary>The allocator that has an index now, or null.</summary>
    public static AllocatorEntry? At(int index)
    {
        var table = Volatile.Read(ref entries);
        return (uint)index < (uint)table.Length ? Volatile.Read(ref table[index]) : null;
    }

    /// <summary>As <see cref="Find"/>, but throws.</summary>
    public static AllocatorEntry Get(AllocatorHandle handle)
    {
        if (Find(handle) is { } entry)
            return entry;
        ThrowGone(handle);
        return null;
    }

    /// <summary>"heap 'level'", also of one that was disposed not too long ago.</summary>
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
            LabelOf(handle), "The allocator that was to serve this was disposed; what lived in it is gone.");
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
