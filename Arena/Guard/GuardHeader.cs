using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// The record of one allocation at the start of its place, so that it is in the caches when the allocation is:
/// <code>
/// place | bytes, front, state | place bytes, line | freed line, frame | mark, check | zone | the allocation | zone
///       0                     8                   16                  24            32     ^ front
/// </code>
/// The check covers all other fields, the address and a key, so that no other memory looks like a header and an
/// overwritten one is noticed. A header stays when the allocation is freed, until the memory is used again.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal unsafe struct GuardHeader
{
    public const int Bytes = 32;

    private const int FrontShift = 40;
    private const int StateShift = 56;
    private const int UnitShift = 4;
    private const ulong MostBytes = (1UL << FrontShift) - 1;
    private const uint MostFront = (uint)ushort.MaxValue << UnitShift;
    private const ulong MostPlaceBytes = (ulong)uint.MaxValue << UnitShift;

    private const ulong Odd1 = 0x9E37_79B9_7F4A_7C15;
    private const ulong Odd2 = 0xC2B2_AE3D_27D4_EB4F;
    private const ulong Odd3 = 0x1656_67B1_9E37_79F9;
    private const ulong Odd4 = 0xD6E8_FEB8_6659_FD93;

    private ulong _bytesFrontAndState;
    private uint _placeUnits;
    private int _allocatedLine;
    private int _freedLine;
    private uint _freedFrame;
    private uint _mark;
    private uint _check;

    /// <summary>Returns whether an allocation's place has room for a header, and its numbers fit.</summary>
    public static bool Fits(in GuardRecord record) => record.FrontBytes is >= Bytes and <= MostFront
        && record.ByteCount <= MostBytes && record.PlaceBytes <= MostPlaceBytes;

    /// <summary>Writes the header of a place for which it fits.</summary>
    public static void Write(in GuardRecord record, ulong key)
    {
        var header = (GuardHeader*)record.Place;
        var first = record.ByteCount | (ulong)(record.FrontBytes >> UnitShift) << FrontShift
            | (ulong)record.State << StateShift;
        header->_bytesFrontAndState = first;
        header->_placeUnits = (uint)(record.PlaceBytes >> UnitShift);
        header->_allocatedLine = record.AllocatedLine;
        header->_freedLine = record.FreedLine;
        header->_freedFrame = record.FreedFrame;
        header->_mark = record.Mark;
        header->_check = CheckOf(header, key);
    }

    /// <summary>Reads the header at a place; false if there is none.</summary>
    public static bool TryRead(nuint place, ulong key, out GuardRecord record)
    {
        var header = (GuardHeader*)place;
        Unsafe.SkipInit(out record);
        if (header->_check != CheckOf(header, key))
            return false;
        var first = header->_bytesFrontAndState;
        record.FrontBytes = (uint)(first >> FrontShift & ushort.MaxValue) << UnitShift;
        record.Address = place + record.FrontBytes;
        record.ByteCount = (nuint)(first & MostBytes);
        record.PlaceBytes = (nuint)header->_placeUnits << UnitShift;
        record.Mark = header->_mark;
        record.CrashNumber = 0;
        record.AllocatedLine = header->_allocatedLine;
        record.FreedLine = header->_freedLine;
        record.FreedFrame = header->_freedFrame;
        record.State = (GuardState)(first >> StateShift);
        record.HasZones = record.FrontBytes > Bytes;
        record.HasPages = false;
        record.HasHeader = true;
        record.IsDestroyed = false;
        return true;
    }

    /// <summary>Reads the state in the header at a place; false if there is no header.</summary>
    public static bool TryReadState(nuint place, ulong key, out GuardState state)
    {
        var header = (GuardHeader*)place;
        state = (GuardState)(header->_bytesFrontAndState >> StateShift);
        return header->_check == CheckOf(header, key);
    }

    // Four products that do not wait for each other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint CheckOf(GuardHeader* header, ulong key)
    {
        var words = (ulong*)header;
        var sum = unchecked(
            ((words[0] ^ key) * Odd1)
            + ((words[1] ^ (ulong)header) * Odd2)
            + BitOperations.RotateLeft((words[2] ^ key) * Odd3, 31)
            + ((header->_mark ^ key) * Odd4));
        return unchecked((uint)((sum ^ sum >> 29) >> 16));
    }
}
