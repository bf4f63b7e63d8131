namespace Arena.Diagnostics;

/// <summary>Section Stacks: one stack that led to live allocations of a site.</summary>
internal static class StackSection
{
    public static void Write(ByteWriter chunk, int site, LeakStackTrace stack)
    {
        chunk.Begin(SectionKind.Stacks);
        chunk.Number(site);
        chunk.Number(stack.Count);
        chunk.Number((ulong)stack.Bytes);
        chunk.Text(stack.Frames);
    }

    public static LeakStackTrace Read(ref ByteReader section, out int site)
    {
        site = section.Count();
        var count = section.Count();
        var bytes = section.Long();
        return new LeakStackTrace(section.Text(), count, (nuint)bytes);
    }
}
