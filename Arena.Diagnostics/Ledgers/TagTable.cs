using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

/// <summary>
/// The tags that a tracker has seen, by their contents. A name that comes as the same object each time, as literals do,
/// is found by its reference, without a lock. Thread-safe.
/// </summary>
/// <remarks>
/// Two kinds of objects are found by reference: the one under which a tag came first, and every literal, which lives as
/// long as the process anyway. Other objects are found by their contents and not kept.
/// </remarks>
internal sealed class TagTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Tag> _byContents = new(StringComparer.Ordinal);

    // An open table, at most half full. Entries are only added, and a larger table replaces it when it is complete.
    private Entry?[] _byReference = new Entry?[32];
    private int _entryCount;

    /// <summary>Returns the tag of a name; none for null and an empty name.</summary>
    public Tag Of(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return Tag.None;
        var entries = Volatile.Read(ref _byReference);
        return entries[PlaceOf(name, entries)] is { } known ? known.Tag : FindOrAdd(name);
    }

    /// <summary>The number of entries that a search by reference examines; for tests.</summary>
    public int StepsTo(string name)
    {
        var entries = Volatile.Read(ref _byReference);
        return ((PlaceOf(name, entries) - HomeOf(name)) & (entries.Length - 1)) + 1;
    }

    // Returns the name's place, or the empty place where the search for it ends.
    private static int PlaceOf(string name, Entry?[] entries)
    {
        for (var index = HomeOf(name); ; index++)
        {
            var place = index & (entries.Length - 1);
            if (entries[place] is not { } entry || ReferenceEquals(entry.Name, name))
                return place;
        }
    }

    // Returns the hash of the object, which stays while it moves, and is below 2^26.
    private static int HomeOf(string name) => RuntimeHelpers.GetHashCode(name);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Tag FindOrAdd(string name)
    {
        lock (_lock)
        {
            var isNew = !_byContents.TryGetValue(name, out var tag);
            if (isNew)
            {
                tag = new Tag(name, _byContents.Count + 1);
                _byContents.Add(name, tag);
            }
            if (isNew || SiteTable.IsLiteral(name))
                Add(new Entry(name, tag!));
            return tag!;
        }
    }

    private void Add(Entry entry)
    {
        if (++_entryCount > _byReference.Length / 2)
        {
            var larger = new Entry?[2 * _byReference.Length];
            foreach (var known in _byReference)
            {
                if (known is not null)
                    larger[PlaceOf(known.Name, larger)] = known;
            }
            Volatile.Write(ref _byReference, larger);
        }
        Volatile.Write(ref _byReference[PlaceOf(entry.Name, _byReference)], entry);
    }

    private sealed record Entry(string Name, Tag Tag);
}
