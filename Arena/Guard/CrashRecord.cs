using System.Runtime.InteropServices;

namespace Arena;

/// <summary>A guarded place in a <see cref="CrashFile"/>. Texts are offsets among the file's texts.</summary>
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
