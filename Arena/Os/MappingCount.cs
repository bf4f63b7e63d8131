using System.Globalization;

namespace Arena.Os;

/// <summary>
/// Counts the mappings that arenas hold, and bounds them by the number that a Linux process may have (vm.max_map_count,
/// 65,530 unless it was raised). The runtime needs the others: at the limit it cannot start a thread or compile a
/// method, and ends.
/// </summary>
/// <remarks>
/// Up to a quarter of the limit, pages are made accessible exactly where they are needed. Beyond it, no mapping is
/// added that can be avoided, and from half of it on the arena refuses; page sharing ends a sixteenth before. The count
/// is never below the kernel's, which may merge an arena's first or last mapping with a neighbour's.
/// </remarks>
internal sealed class MappingCount(long limit)
{
    private const string LimitPath = "/proc/sys/vm/max_map_count";
    private const long DefaultLimit = 65_530;

    private long _held;

    /// <summary>The count for all arenas of the process.</summary>
    public static MappingCount OfProcess { get; } = new(ReadLimit());

    /// <summary>The number of mappings that a process may have.</summary>
    public long Limit => limit;

    /// <summary>The number of mappings that arenas hold now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Returns whether arenas may hold more by choice.</summary>
    public bool HasShareFor(int more) => Held + more <= limit / 4;

    /// <summary>Returns whether arenas may hold more at all.</summary>
    public bool Permits(int more) => Held + more <= limit / 2;

    /// <summary>
    /// Returns whether pages may hold more to give memory back, which they may only while further arenas can still be
    /// made.
    /// </summary>
    public bool PermitsSharing(int more) => Held + more <= limit / 2 - limit / 16;

    /// <summary>Adds a difference.</summary>
    public void Add(int difference) => Interlocked.Add(ref _held, difference);

    /// <summary>A clause for messages, which says why a mapping is refused, and the remedy.</summary>
    public override string ToString() =>
        $"arenas hold {Held} memory mappings and leave the rest of vm.max_map_count, which is {limit}, to the process; "
        + "dispose arenas, use fewer guarded blocks or larger ones, or raise the limit (sysctl vm.max_map_count)";

    private static long ReadLimit()
    {
        try
        {
            return long.Parse(File.ReadAllText(LimitPath), CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return DefaultLimit;
        }
    }
}
