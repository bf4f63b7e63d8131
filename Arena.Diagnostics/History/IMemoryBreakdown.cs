namespace Arena.Diagnostics;

/// <summary>
/// Divides live bytes into named categories: sites, tags, pools, whatever a program can distinguish. A
/// <see cref="MemorySampler"/> reads them at every sample.
/// </summary>
/// <remarks>Called on the thread that samples, under the sampler's lock. Should make no garbage once its categories are
/// known.</remarks>
public interface IMemoryBreakdown
{
    /// <summary>
    /// Writes the live bytes of the categories, as many as there is room for. A category keeps its number forever;
    /// categories are only ever added.
    /// </summary>
    /// <returns>The number of categories there are now, even if there was no room for all.</returns>
    int Read(Span<long> liveBytes);

    /// <summary>Returns the name of a category, as a report shows it.</summary>
    string NameOf(int category);
}
