using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// The record of a guarded place in a <see cref="CrashFile"/>. Texts are offsets into the file's texts.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct CrashRecord
{
    public ulong Address;
    public ulong ByteCount;
    public ulong Place;
    public ulong PlaceEnd;
    public int AllocatedLine;
    public int FreedLine;
    public int Allocator;
    public int AllocatedThread;
    public int FreedThread;
    public uint FreedFrame;
    public int State;
}
