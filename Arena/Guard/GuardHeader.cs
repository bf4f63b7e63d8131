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
    private const ulong StateToWaiting = (ulong)(GuardState.Live ^ GuardState.Waiting) << StateShift;
    private const ulong MostPlaceBytes = (ulong)uint.MaxValue << UnitShift;

    private static readonly uint ChangeToWaiting = BitOperations.Crc32C(0, StateToWaiting);

    // Whole words, which are written as they were computed: a processor has to wait before it can read a word whose
    // halves were just written.
    private ulong _bytesFrontAndState;
    private ulong _placeAndLine;
    private ulong _lineAndFrame;
    private ulong _markAndCheck;

    /// <summary>Returns whether an allocation's place has room for a header, and its numbers fit.</summary>
    public static bool Fits(in GuardRecord record) => record.FrontBytes is >= Bytes and <= MostFront
        && Fits(record.ByteCount, record.PlaceBytes);

    /// <summary>Returns whether the numbers of an allocation fit, whose front has room for a header.</summary>
    public static bool Fits(nuint byteCount, nuint placeBytes) =>
        byteCount <= MostBytes && placeBytes <= MostPlaceBytes;

    /// <summary>Writes the header of a place for which it fits.</summary>
    public static void Write(in GuardRecord record, ulong key) => Write(
        (GuardHeader*)record.Place, record.ByteCount | FrontAndState(record.FrontBytes, record.State),
        Both((uint)(record.PlaceBytes >> UnitShift), (uint)record.AllocatedLine),
        Both((uint)record.FreedLine, record.FreedFrame), record.Mark, key);

    /// <summary>Writes the header of a live allocation for which it fits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLive(
        nuint place, nuint placeBytes, nuint frontBytes, nuint byteCount, uint mark, int line, ulong key) => Write(
        (GuardHeader*)place, byteCount | FrontAndState((uint)frontBytes, GuardState.Live),
        Both((uint)(placeBytes >> UnitShift), (uint)line), 0, mark, key);

    /// <summary>Reads the header of a live allocation with this mark; false for any other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadLive(
        nuint place, nuint frontBytes, uint mark, ulong key, out nuint byteCount, out nuint placeBytes)
    {
        var header = (GuardHeader*)place;
        var first = header->_bytesFrontAndState;
        byteCount = (nuint)(first & MostBytes);
        placeBytes = (nuint)(uint)header->_placeAndLine << UnitShift;
        return first >> FrontShift == FrontAndState((uint)frontBytes, GuardState.Live) >> FrontShift
            && (uint)header->_markAndCheck == mark && IsValid(header, key);
    }

    /// <summary>Changes the valid header of a live allocation to that of a freed one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetWaiting(nuint place, int line, uint frame)
    {
        var header = (GuardHeader*)place;
        var third = Both((uint)line, frame);
        // A sum of this kind changes by the sum of what changes: of the live state, and of a line and a frame of 0.
        var change = BitOperations.Crc32C(BitOperations.Crc32C(ChangeToWaiting, third ^ header->_lineAndFrame), 0UL);
        header->_bytesFrontAndState ^= StateToWaiting;
        header->_lineAndFrame = third;
        header->_markAndCheck ^= (ulong)change << 32;
    }

    /// <summary>Reads the header at a place; false if there is none.</summary>
    public static bool TryRead(nuint place, ulong key, out GuardRecord record)
    {
        var header = (GuardHeader*)place;
        Unsafe.SkipInit(out record);
        if (!IsValid(header, key))
            return false;
        var first = header->_bytesFrontAndState;
        record.FrontBytes = (uint)(first >> FrontShift & ushort.MaxValue) << UnitShift;
        record.Address = place + record.FrontBytes;
        record.ByteCount = (nuint)(first & MostBytes);
        record.PlaceBytes = (nuint)(uint)header->_placeAndLine << UnitShift;
        record.Mark = (uint)header->_markAndCheck;
        record.CrashNumber = 0;
        record.AllocatedLine = (int)(header->_placeAndLine >> 32);
        record.FreedLine = (int)(uint)header->_lineAndFrame;
        record.FreedFrame = (uint)(header->_lineAndFrame >> 32);
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
        return IsValid(header, key);
    }

    private static ulong FrontAndState(uint frontBytes, GuardState state) =>
        (ulong)(frontBytes >> UnitShift) << FrontShift | (ulong)state << StateShift;

    private static ulong Both(uint low, uint high) => low | (ulong)high << 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(GuardHeader* header, ulong first, ulong second, ulong third, uint mark, ulong key)
    {
        header->_bytesFrontAndState = first;
        header->_placeAndLine = second;
        header->_lineAndFrame = third;
        header->_markAndCheck = Both(mark, CheckOf(header, first, second, third, mark, key));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsValid(GuardHeader* header, ulong key) => (uint)(header->_markAndCheck >> 32) == CheckOf(
        header, header->_bytesFrontAndState, header->_placeAndLine, header->_lineAndFrame,
        (uint)header->_markAndCheck, key);

    // Two chains that do not wait for each other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint CheckOf(GuardHeader* header, ulong first, ulong second, ulong third, uint mark, ulong key)
    {
        var one = BitOperations.Crc32C((uint)key, first);
        var other = BitOperations.Crc32C((uint)(key >> 32), second);
        one = BitOperations.Crc32C(one, third);
        other = BitOperations.Crc32C(other, mark);
        return BitOperations.Crc32C(one, (ulong)header) ^ BitOperations.RotateLeft(other, 16);
    }
}
