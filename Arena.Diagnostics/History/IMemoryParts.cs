namespace Arena.Diagnostics;

/// <summary>
/// Divides live bytes into named parts: sites, tags, pools, whatever a program can distinguish. A
/// <see cref="MemorySampler"/> reads them at every sample.
/// </summary>
/// <remarks>Called on the thread that samples, under the sampler's lock. Should make no garbage once its parts are
/// known.</remarks>
public interface IMemoryParts
{
    /// <summary>
    /// Writes the live bytes of the parts, as many as there is room for. A part keeps its number forever; parts are
    /// only ever added.
    /// </summary>
    /// <returns>The number of parts there are now, even if there was no room for all.</returns>
    int Read(Span<long> liveBytes);

    /// <summary>Returns the name of a part, as a report shows it.</summary>
    string NameOf(int part);
}
