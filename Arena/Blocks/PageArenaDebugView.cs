using System.Diagnostics;

namespace Arena;

/// <summary>The debugger's view of an arena: its sizes and its allocators.</summary>
internal sealed class PageArenaDebugView(PageArena arena)
{
    public string Name => arena.Name;

    public nuint LentBytes => arena.LentBytes;

    public nuint CommittedBytes => arena.CommittedBytes;

    public nuint PeakCommittedBytes => arena.PeakCommittedBytes;

    public nuint ReservedBytes => arena.ReservedBytes;

    [DebuggerBrowsable(DebuggerBrowsableState.RootHidden)]
    public Allocator[] Allocators => arena.IsDisposed ? [] : arena.Allocators();
}
