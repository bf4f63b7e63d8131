namespace Arena.Diagnostics;

/// <summary>Section Allocator: the constant properties of an allocator.</summary>
/// <param name="Number">The allocator's number.</param>
/// <param name="Arena">The number of its arena.</param>
/// <param name="Kind">The number of a text, as are name and tag.</param>
/// <param name="Name">The allocator's name.</param>
/// <param name="Tag">The allocator's tag; an empty text for none.</param>
internal readonly record struct AllocatorSection(int Number, int Arena, int Kind, int Name, int Tag)
{
    public void Write(ByteWriter chunk)
    {
        chunk.Begin(SectionKind.Allocator);
        chunk.Number(Number);
        chunk.Number(Arena);
        chunk.Number(Kind);
        chunk.Number(Name);
        chunk.Number(Tag);
    }

    public static AllocatorSection Read(ref ByteReader section)
    {
        var number = section.Count();
        var arena = section.Count();
        var kind = section.Count();
        var name = section.Count();
        var tag = section.Count();
        return new AllocatorSection(number, arena, kind, name, tag);
    }
}
