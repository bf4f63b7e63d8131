namespace Arena.Diagnostics;

/// <summary>A stack that led to live allocations of one site.</summary>
/// <param name="Frames">The frames, one a line of text, from the line that allocated outwards.</param>
/// <param name="Count">Live allocations that have this stack: a count, not an estimate.</param>
/// <param name="Bytes">Their bytes.</param>
/// <example>
/// <code>
/// foreach (LeakStackTrace stack in tracker.Report().Sites.SelectMany(site =&gt; site.Stacks))
///     Console.WriteLine(stack.Frames);
/// </code>
/// </example>
public sealed record LeakStackTrace(string Frames, int Count, nuint Bytes);
