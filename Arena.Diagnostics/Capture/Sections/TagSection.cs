namespace Arena.Diagnostics;

/// <summary>Section Tags: the live allocations under one tag, and its budget.</summary>
internal static class TagSection
{
    /// <param name="chunk">The chunk to write to.</param>
    /// <param name="name">The number of the tag's text; an empty text for none.</param>
    /// <param name="use">The live allocations under the tag.</param>
    public static void Write(ByteWriter chunk, int name, TagUse use)
    {
        chunk.Begin(SectionKind.Tags);
        chunk.Number(name);
        chunk.Number(use.Count);
        chunk.Number((ulong)use.Bytes);
        chunk.Number((ulong)(use.Budget?.SoftBytes ?? 0));
        chunk.Number((ulong)(use.Budget?.HardBytes ?? 0));
        chunk.Number(use.Refusals);
    }

    /// <summary>Reads all but the tag, which is the text of <paramref name="name"/>.</summary>
    public static TagUse Read(ref ByteReader section, out int name)
    {
        name = section.Count();
        var count = section.Count();
        var bytes = section.Long();
        var softBytes = section.Long();
        var hardBytes = section.Long();
        var refusals = section.Long();
        var budget = softBytes == 0 && hardBytes == 0
            ? null
            : new MemoryBudget { SoftBytes = (nuint)softBytes, HardBytes = (nuint)hardBytes };
        return new TagUse(null, count, (nuint)bytes, budget, refusals);
    }
}
