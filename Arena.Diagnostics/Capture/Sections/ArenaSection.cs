namespace Arena.Diagnostics;

/// <summary>Section Arena: the constant properties of an arena. Its name is the number of a text.</summary>
internal readonly record struct ArenaSection
{
    public required int Number { get; init; }

    public required int Name { get; init; }

    public required ulong BaseAddress { get; init; }

    public required long ReservedBytes { get; init; }

    /// <summary>0 for none.</summary>
    public required long BudgetBytes { get; init; }

    public required long SampleBytes { get; init; }

    public required double AttachedSeconds { get; init; }

    public void Write(ByteWriter chunk)
    {
        chunk.Begin(SectionKind.Arena);
        chunk.Number(Number);
        chunk.Number(Name);
        chunk.Number(BaseAddress);
        chunk.Number(ReservedBytes);
        chunk.Number(BudgetBytes);
        chunk.Number(SampleBytes);
        chunk.Signed(CaptureTime.Microseconds(AttachedSeconds));
    }

    public static ArenaSection Read(ref ByteReader section)
    {
        var number = section.Count();
        var name = section.Count();
        var baseAddress = section.Number();
        var reservedBytes = section.Long();
        var budgetBytes = section.Long();
        var sampleBytes = section.Long();
        var attachedSeconds = CaptureTime.Seconds(section.Signed());
        return new ArenaSection
        {
            Number = number,
            Name = name,
            BaseAddress = baseAddress,
            ReservedBytes = reservedBytes,
            BudgetBytes = budgetBytes,
            SampleBytes = sampleBytes,
            AttachedSeconds = attachedSeconds,
        };
    }
}
