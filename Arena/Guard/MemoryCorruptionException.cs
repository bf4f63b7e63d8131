namespace Arena;

/// <summary>
/// Thrown when guarded memory was corrupted: written past an allocation's end, in front of it, or after it was freed.
/// See <see cref="GuardOptions"/>.
/// </summary>
/// <remarks>
/// A free that throws it has freed the allocation: it waits in quarantine, so a game may go on. A resize that throws it
/// has changed nothing. An allocation that throws it was not made, and the next one is served. Verify and Dispose throw
/// it once everything is done.
/// </remarks>
/// <example>
/// <code>
/// try
/// {
///     arena.Verify();                                          // looks at all that is guarded
/// }
/// catch (MemoryCorruptionException damage)
/// {
///     Console.WriteLine($"allocated at {damage.AllocatedAt}, freed at {damage.FreedAt}");
/// }
/// </code>
/// </example>
public sealed class MemoryCorruptionException : InvalidOperationException
{
    internal MemoryCorruptionException(string message, nuint address, nuint damagedAddress, SourceLine allocatedAt,
        SourceLine freedAt)
        : base(message)
    {
        Address = address;
        DamagedAddress = damagedAddress;
        AllocatedAt = Text(allocatedAt);
        FreedAt = Text(freedAt);
    }

    private MemoryCorruptionException(MemoryCorruptionException first, int more)
        : base($"{first.Message} Other damaged places: {more}.")
    {
        Address = first.Address;
        DamagedAddress = first.DamagedAddress;
        AllocatedAt = first.AllocatedAt;
        FreedAt = first.FreedAt;
    }

    /// <summary>The allocation that was damaged; possibly only its address is known.</summary>
    public nuint Address { get; }

    /// <summary>The first byte that was found changed.</summary>
    public nuint DamagedAddress { get; }

    /// <summary>The line that allocated it, as "File.cs:12 (Member)"; empty if unknown.</summary>
    public string AllocatedAt { get; }

    /// <summary>The line that freed it; empty if it is live or the line is unknown.</summary>
    public string FreedAt { get; }

    /// <summary>Returns this exception with the number of other damaged places.</summary>
    internal MemoryCorruptionException WithMore(int count) => new(this, count);

    /// <summary>Returns "File.cs:12 (Member)", or nothing if the line is unknown.</summary>
    internal static string Text(SourceLine line) => string.IsNullOrEmpty(line.File) ? "" : line.ToString();
}
