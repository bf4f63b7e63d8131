namespace Arena.Diagnostics;

/// <summary>The numbers of sites in ascending order, each as its distance from the one before.</summary>
internal static class SiteNumbers
{
    public static void Write(ByteWriter chunk, ref int last, int site)
    {
        chunk.Number(site - last);
        last = site;
    }

    public static void Read(ref ByteReader section, ref int site)
    {
        var step = section.Count();
        site = step > 0 ? checked(site + step) : throw new InvalidDataException("a site is not after the last");
    }
}
