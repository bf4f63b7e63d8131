namespace Arena.Diagnostics;

/// <summary>The live bytes of one site (a call site, a tag, a pool) at the timestamps that all sites share.</summary>
/// <param name="Site">The site's name in reports.</param>
/// <param name="Bytes">Live bytes, one value for each timestamp.</param>
/// <example>
/// <code>
/// var sites = new[] { new SiteSeries("Mesh.cs:118", bytes), new SiteSeries("Audio.cs:7", bytes) };
/// Console.WriteLine(LeakTrend.Attribute(seconds, sites)[0]);
/// </code>
/// </example>
public readonly record struct SiteSeries(string Site, ReadOnlyMemory<double> Bytes);
