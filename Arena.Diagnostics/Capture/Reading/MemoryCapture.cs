using System.Globalization;

namespace Arena.Diagnostics;

/// <summary>
/// The contents of a capture file, whether its process ended it, was killed, or is still writing it; see
/// <see cref="CaptureWriter"/>. Times are in seconds since the capture was begun.
/// </summary>
/// <example>
/// <code>
/// var capture = MemoryCapture.Read("game.arena");
/// Console.WriteLine(capture.Problem ?? $"{capture.Sites.Count} sites in {capture.Seconds} seconds");
/// </code>
/// </example>
public sealed class MemoryCapture
{
    internal MemoryCapture()
    {
    }

    /// <summary>The version of the format that the file was written in.</summary>
    public Version FormatVersion { get; internal init; } = new();

    /// <summary>
    /// Null if the file is complete; otherwise one line that says what is missing: it was not ended, it is cut off,
    /// parts of it are damaged. Everything that could be read is here all the same.
    /// </summary>
    public string? Problem { get; internal init; }

    /// <summary>True if the capture was ended, and not cut off.</summary>
    public bool IsEnded { get; internal init; }

    /// <summary>The last moment that is in the file.</summary>
    public double Seconds { get; internal init; }

    /// <summary>The time at which the capture was begun; the default if unknown.</summary>
    public DateTimeOffset Started =>
        Facts.TryGetValue("started", out var text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var started) ? started : default;

    /// <summary>
    /// Facts about the process and the machine: process, process id, machine, system, runtime, and others.
    /// </summary>
    public IReadOnlyDictionary<string, string> Facts { get; internal init; } = new Dictionary<string, string>();

    /// <summary>
    /// The arenas, each with its totals, frames and allocators, in the order of their numbers. In a damaged file some
    /// may be missing: look them up by <see cref="CaptureArena.Number"/>.
    /// </summary>
    public IReadOnlyList<CaptureArena> Arenas { get; internal init; } = [];

    /// <summary>Lines of source under tags, added up over the arenas.</summary>
    public IReadOnlyList<CaptureSite> Sites { get; internal init; } = [];

    /// <summary>
    /// The times at which <see cref="CaptureSite.Bytes"/> and <see cref="CaptureSite.Counts"/> were taken.
    /// </summary>
    public IReadOnlyList<double> SampleSeconds { get; internal init; } = [];

    /// <summary>Live bytes of all sites together at each of <see cref="SampleSeconds"/>.</summary>
    public IReadOnlyList<double> SampleBytes => field ??= SiteTotals.Of(Sites, SampleSeconds.Count);

    /// <summary>Memory of the whole process over time.</summary>
    public IReadOnlyList<CaptureProcess> Process { get; internal init; } = [];

    /// <summary>Errors, marks, leaks and budgets, in the order in which they happened.</summary>
    public IReadOnlyList<CaptureEvent> Events { get; internal init; } = [];

    /// <summary>Maps of arenas' memory.</summary>
    public IReadOnlyList<MemoryMap> Maps { get; internal init; } = [];

    /// <summary>The live allocations at named moments.</summary>
    public IReadOnlyList<CaptureSnapshot> Snapshots { get; internal init; } = [];

    /// <summary>The live bytes of tags when the capture was ended.</summary>
    public IReadOnlyList<TagUse> Tags { get; internal init; } = [];

    /// <summary>The cost of tracking and capturing.</summary>
    public CaptureOverhead Overhead { get; internal init; } = new();

    /// <summary>Reads a file; one that is still being written is read as it is now.</summary>
    /// <remarks>
    /// Whatever the file holds, reading it takes time and memory in proportion to its length: at most 200 bytes of
    /// memory for a byte of the file.
    /// </remarks>
    /// <exception cref="InvalidDataException">
    /// The file is not a capture, or has a later version; the message is one line.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MemoryCapture Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[checked((int)Math.Min(stream.Length, Array.MaxLength))];
        return Parse(bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)), path);
    }

    /// <summary>Reads a capture that is in memory.</summary>
    /// <param name="file">All of the file.</param>
    /// <param name="name">The name in messages.</param>
    /// <exception cref="InvalidDataException">
    /// The file is not a capture, or has a later version; the message is one line.
    /// </exception>
    public static MemoryCapture Parse(ReadOnlySpan<byte> file, string name)
    {
        var builder = new CaptureBuilder();
        var reader = new CaptureReader(builder);
        reader.Read(file, name);
        return builder.Build(reader);
    }

    /// <summary>The length of the capture, and the counts of its contents.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"capture of {Seconds:F1} s: {Arenas.Count} arenas, {Sites.Count} sites in {SampleSeconds.Count} samples, ")
        + $"{Arenas.Sum(arena => arena.Frames.Sum(f => (long)f.Frames))} frames, {Maps.Count} maps, "
        + $"{Events.Count} events{(Problem is null ? "" : $"; {Problem}")}";
}
