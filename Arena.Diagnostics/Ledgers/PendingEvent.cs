using System.Runtime.InteropServices;

namespace Arena.Diagnostics;

/// <summary>An allocation or a free that the table of what is alive does not know yet. Address 0 is none.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PendingEvent(nuint address, nuint byteCount, int site, uint frame, uint time)
{
    /// <summary>In place of a site: a free.</summary>
    public const int Free = -1;

    public nuint Address = address;
    public readonly nuint ByteCount = byteCount;
    public readonly int Site = site;
    public readonly uint Frame = frame;
    public readonly uint Time = time;
}
