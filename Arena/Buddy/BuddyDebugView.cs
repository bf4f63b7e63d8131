using System.Diagnostics;

namespace Arena;

/// <summary>The debugger's view of a buddy allocator: its sizes, and its first live regions.</summary>
internal sealed class BuddyDebugView(BuddyAllocator buddy)
{
    private const int MostRegions = 1000;

    public nuint CapacityBytes => buddy.IsDisposed ? 0 : buddy.CapacityBytes;

    public nuint LiveBytes => buddy.IsDisposed ? 0 : buddy.LiveBytes;

    public int LiveCount => buddy.IsDisposed ? 0 : buddy.LiveCount;

    public nuint LargestFreeBytes => buddy.IsDisposed ? 0 : buddy.LargestFreeBytes;

    [DebuggerBrowsable(DebuggerBrowsableState.RootHidden)]
    public string[] Regions
    {
        get
        {
            List<string> regions = [];
            if (buddy.IsDisposed)
                return [];
            foreach (var (address, byteCount) in buddy.LiveRegions())
            {
                if (regions.Count == MostRegions)
                    break;
                regions.Add($"0x{address:x} of {byteCount} bytes");
            }
            return [.. regions];
        }
    }
}
