using System.Globalization;

namespace Arena;

/// <summary>
/// The arenas that were not disposed, by name, and whether anything refers to them still: where the addresses went when
/// the system has none left.
/// </summary>
/// <remarks>
/// What was forgotten is named and not given back. That nothing refers to an arena, nor to any of its allocators, says
/// nothing of the pointers into it, which the collector does not see: a program may be using them. For the same reason
/// nothing is notified of its leaks. A finalizer could not know whether they are, and its thread is no place for a
/// program's handlers.
/// </remarks>
internal static class ForgottenArenas
{
    private const int MostNames = 4;

    private static readonly Lock Changing = new();
    private static readonly Dictionary<long, Entry> NotDisposed = [];
    private static long lastNumber;

    /// <summary>Adds an arena that holds addresses from now on.</summary>
    /// <returns>Its number, for <see cref="Remove"/>.</returns>
    public static long Add(PageArena arena)
    {
        lock (Changing)
        {
            NotDisposed.Add(++lastNumber, new Entry(new WeakReference(arena), arena.Name, arena.ReservedBytes));
            return lastNumber;
        }
    }

    /// <summary>Its addresses were given back.</summary>
    public static void Remove(long number)
    {
        lock (Changing)
            NotDisposed.Remove(number);
    }

    /// <summary>
    /// A clause for the message of a reservation that failed, with the remedy; null where no arena was forgotten. It
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
