namespace Arena.Diagnostics;

/// <summary>Section Text: a text that other sections name by its number.</summary>
internal static class TextSection
{
    public static void Write(ByteWriter chunk, int number, string text)
    {
        chunk.Begin(SectionKind.Text);
        chunk.Number(number);
        chunk.Text(text);
    }

    public static (int Number, string Text) Read(ref ByteReader section)
    {
        var number = section.Count();
        return (number, section.Text());
    }
}
