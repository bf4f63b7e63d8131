using System.Globalization;

namespace Arena;

/// <summary>
/// The arenas that were not disposed, by name, and whether anything still refers to them. They explain where the
/// addresses went when the system has none left.
/// </summary>
/// <remarks>
/// A forgotten arena is named and not given back. The collector does not see pointers into an arena: even if nothing
/// refers to the arena or its allocators, a program may be using their memory. For the same reason no leaks are
/// reported. A finalizer could not know whether they are leaks, and its thread is no place for a program's handlers.
/// </remarks>
internal static class ForgottenArenas
{
    private const int MostNames = 4;

    private static readonly Lock Changing = new();
    private static readonly Dictionary<long, Entry> NotDisposed = [];
    private static long lastNumber;

    /// <summary>Adds an arena that holds addresses from now on.</summary>
    /// <returns>The arena's number, for <see cref="Remove"/>.</returns>
    public static long Add(PageArena arena)
    {
        lock (Changing)
        {
            NotDisposed.Add(++lastNumber, new Entry(new WeakReference(arena), arena.Name, arena.ReservedBytes));
            return lastNumber;
        }
    }

    /// <summary>Removes an arena whose addresses were given back.</summary>
    public static void Remove(long number)
    {
        lock (Changing)
            NotDisposed.Remove(number);
    }

    /// <summary>
    /// Returns a clause for the message of a failed reservation, with the remedy; null if no arena was forgotten. It
    /// collects garbage to find out.
    /// </summary>
    public static string? Describe()
    {
        GC.Collect();
        Entry[] forgotten;
        lock (Changing)
            forgotten = [.. NotDisposed.Values.Where(entry => !entry.Arena.IsAlive)];
        if (forgotten.Length == 0)
            return null;
        var names = forgotten.CountBy(entry => entry.Name)
            .OrderByDescending(name => name.Value).ThenBy(name => name.Key, StringComparer.Ordinal)
            .ToArray();
        var text = string.Join(", ", names.Take(MostNames).Select(name => $"'{name.Key}' ({name.Value})"));
        if (names.Length > MostNames)
            text += string.Create(CultureInfo.InvariantCulture, $" and {names.Length - MostNames} other names");
        nuint bytes = 0;
        foreach (var entry in forgotten)
            bytes += entry.ReservedBytes;
        return $"{forgotten.Length} arenas were forgotten and still hold {bytes} bytes of addresses, because nothing "
            + $"refers to them and they were not disposed: {text}; dispose arenas";
    }

    private readonly record struct Entry(WeakReference Arena, string Name, nuint ReservedBytes);
}
