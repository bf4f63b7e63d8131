namespace Arena.Diagnostics;

/// <summary>Section AllocatorGone: an allocator was disposed.</summary>
internal static class AllocatorGoneSection
{
    public static void Write(ByteWriter chunk, int allocator)
    {
        chunk.Begin(SectionKind.AllocatorGone);
        chunk.Number(allocator);
    }

    public static int Read(ref ByteReader section) => section.Count();
}
