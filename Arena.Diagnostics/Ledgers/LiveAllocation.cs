using System.Runtime.InteropServices;

namespace Arena.Diagnostics;

/// <summary>
/// The tracker's entry for one live allocation; address 0 marks an empty place in the table:
/// <code>
/// 0          8                                16            20           24
/// | address  | bytes 42 | site 21 | stack 1   | born: frame | born: time |
/// </code>
/// 42 bits of bytes are 4 TiB, the largest arena. Frames and time (in hundredths of a second) count from the moment
/// the tracker was attached.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LiveAllocation(nuint address, nuint byteCount, int site, uint frame, uint time)
{
    /// <summary>The number of sites that an entry can distinguish.</summary>
    public const int MaximumSites = 1 << SiteBits;

    private const int SiteBits = 21;
    private const int ByteShift = SiteBits + 1;
    private const ulong StackBit = 1;

    public readonly nuint Address = address;
    private ulong _what = (ulong)byteCount << ByteShift | (ulong)(uint)site << 1;
    public readonly uint BornFrame = frame;
    public readonly uint BornTime = time;

    /// <summary>Returns this allocation at another address.</summary>
    public readonly LiveAllocation At(nuint address) =>
        new(address, ByteCount, Site, BornFrame, BornTime) { HasStack = HasStack };

    public readonly nuint ByteCount => (nuint)(_what >> ByteShift);

    public readonly int Site => (int)(_what >> 1 & (MaximumSites - 1));

    /// <summary>True if the table of stacks has its stack.</summary>
    public bool HasStack
    {
        readonly get => (_what & StackBit) != 0;
        set => _what = value ? _what | StackBit : _what & ~StackBit;
    }
}
