namespace Arena;

/// <summary>The way in which an <see cref="ArenaHistory"/> finds changed pages. The results are the same.</summary>
/// <example><code>
/// var options = new ArenaHistoryOptions { Mechanism = HistoryMechanism.Comparing };
/// using var history = ArenaHistory.Attach(arena, frames: 8, options);
/// Console.WriteLine(history.Mechanism);
/// </code></example>
public enum HistoryMechanism
{
    /// <summary>
    /// Write tracking from 1 MiB of committed memory on, where the operating system has it; else comparing.
    /// </summary>
    Best,

    /// <summary>Each committed page is compared with its copy. Works everywhere, and reads all of the memory.</summary>
    Comparing,

    /// <summary>
    /// The operating system notes which pages are written: userfaultfd with PAGEMAP_SCAN on Linux from 6.7 on, and
    /// GetWriteWatch on Windows for an arena with <see cref="PageArenaOptions.TracksWrites"/>.
    /// </summary>
    WriteTracking,
}
