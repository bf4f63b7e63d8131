using System.Runtime.InteropServices;

namespace Arena.Diagnostics;

/// <summary>An allocation or a free that is not yet in the table of live allocations. Address 0 means none.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PendingEvent(nuint address, nuint byteCount, int site, uint frame, uint time)
{
    /// <summary>The value in place of a site that marks a free.</summary>
    public const int Free = -1;

    public nuint Address = address;
    public readonly nuint ByteCount = byteCount;
    public readonly int Site = site;
    public readonly uint Frame = frame;
    public readonly uint Time = time;
}
