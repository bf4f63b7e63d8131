namespace Arena.Diagnostics;

/// <summary>
/// Divides live bytes into parts that have a name: sites, tags, pools, whatever a program can tell apart. A
/// <see cref="MemorySampler"/> reads one at every sample.
/// </summary>
/// <remarks>Called on the thread that samples, under the sampler's lock. Should make no garbage once its parts are
/// known.</remarks>
public interface IMemoryParts
{
    /// <summary>
    /// Writes the live bytes of the parts, as many as there is room for. A part keeps its number for good; parts are
    /// only ever added.
    /// </summary>
    /// <returns>The number of parts there are now, also if there was no room for all.</returns>
    int Read(Span<long> liveBytes);

    /// <summary>The name of a part, as a report shall show it.</summary>
    string NameOf(int part);
}
