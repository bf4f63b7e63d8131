namespace Arena.Diagnostics;

/// <summary>Section Process: memory of the process at the moment of its chunk.</summary>
internal static class ProcessSection
{
    public static void Write(ByteWriter chunk, long residentBytes, long managedBytes)
    {
        chunk.Begin(SectionKind.Process);
        chunk.Number(residentBytes);
        chunk.Number(managedBytes);
    }

    public static CaptureProcess Read(ref ByteReader section, double seconds)
    {
        var residentBytes = section.Long();
        var managedBytes = section.Long();
        return new CaptureProcess(seconds, residentBytes, managedBytes);
    }
}
