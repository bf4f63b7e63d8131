using System.Runtime.InteropServices;

namespace Arena.Os;

/// <summary>Pages that follow each other, laid out as Linux lists them (struct page_region).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PageRun
{
    /// <summary>The first address.</summary>
    public ulong Start;

    /// <summary>The address behind the last one.</summary>
    public ulong End;

    /// <summary>The facts that the system lists of them.</summary>
    public ulong Categories;
}
