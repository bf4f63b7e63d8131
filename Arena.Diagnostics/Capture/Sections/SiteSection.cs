namespace Arena.Diagnostics;

/// <summary>Section Site: a line of source under a tag.</summary>
/// <param name="Number">The site's number.</param>
/// <param name="File">The number of a text, as are member and tag.</param>
/// <param name="Line">The line in the file.</param>
/// <param name="Member">The member that the line is in.</param>
/// <param name="Tag">The tag; an empty text for none.</param>
internal readonly record struct SiteSection(int Number, int File, int Line, int Member, int Tag)
{
    public void Write(ByteWriter chunk)
    {
        chunk.Begin(SectionKind.Site);
        chunk.Number(Number);
        chunk.Number(File);
        chunk.Number(Line);
        chunk.Number(Member);
        chunk.Number(Tag);
    }

    public static SiteSection Read(ref ByteReader section)
    {
        var number = section.Count();
        var file = section.Count();
        var line = section.Count();
        var member = section.Count();
        var tag = section.Count();
        return new SiteSection(number, file, line, member, tag);
    }
}
