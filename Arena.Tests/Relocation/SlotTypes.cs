using System.Runtime.InteropServices;

namespace Arena.Tests.Relocation;

[StructLayout(LayoutKind.Sequential, Size = 24)]
internal struct Bytes24
{
    public long First;
}

[StructLayout(LayoutKind.Sequential, Size = 48)]
internal struct Bytes48
{
    public long First;
}

[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct Bytes64
{
    public long First;
}

[StructLayout(LayoutKind.Sequential, Size = 200)]
internal struct Bytes200
{
    public long First;
}

[StructLayout(LayoutKind.Sequential, Size = 117, Pack = 1)]
internal struct Bytes117
{
    public byte First;
}
