namespace Arena.Diagnostics;

/// <summary>Section Facts: names and values that do not change.</summary>
internal static class FactsSection
{
    public static void Write(ByteWriter chunk, params ReadOnlySpan<(string Name, string Value)> facts)
    {
        chunk.Begin(SectionKind.Facts);
        foreach (var (name, value) in facts)
        {
            chunk.Text(name);
            chunk.Text(value);
        }
    }

    public static void Read(ref ByteReader section, Dictionary<string, string> facts)
    {
        while (!section.AtEnd)
        {
            var name = section.Text();
            facts[name] = section.Text();
        }
    }
}
