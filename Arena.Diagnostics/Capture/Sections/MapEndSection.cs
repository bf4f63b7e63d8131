namespace Arena.Diagnostics;

/// <summary>Section MapEnd: nothing. A map that has one is complete.</summary>
internal static class MapEndSection
{
    public static void Write(ByteWriter chunk) => chunk.Begin(SectionKind.MapEnd);
}
