using System.IO.Compression;
using Arena.Report.Model;

namespace Arena.Report.Formats;

/// <summary>
/// The sites as a profile that <c>go tool pprof</c> reads: a gzipped protocol buffer, its fields those of
/// google/pprof's profile.proto. It has live allocations and all allocations, as objects and as bytes.
/// </summary>
internal sealed class PprofFormat
{
    // Fields of the message Profile.
    private const int SampleType = 1, Sample = 2, Location = 4, Function = 5, StringTable = 6, TimeNanos = 9,
        DurationNanos = 10, DefaultSampleType = 14;

    private readonly ProtoWriter _profile = new();
    private readonly Dictionary<string, long> _strings = [];
    private readonly List<string> _stringList = [];
    private readonly Dictionary<(string Name, string File, int Line), long> _locations = [];

    private PprofFormat() => Text("");

    public static byte[] Of(ReportModel model)
    {
        var profile = new PprofFormat().Build(model).ToArray();
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(profile);
        return packed.ToArray();
    }

    private ProtoWriter Build(ReportModel model)
    {
        foreach (var (type, unit) in new[]
        {
            ("alloc_objects", "count"), ("alloc_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes"),
        })
        {
            var valueType = new ProtoWriter();
            valueType.Number(1, Text(type));
            valueType.Number(2, Text(unit));
            _profile.Message(SampleType, valueType);
        }
        // The viewers add up functions of one name, whatever their files: a member alone is no name.
        foreach (var (site, name) in model.Sites.Zip(SiteNames.OfMembers(model.Sites)))
            AddSite(site, name);
        if (model.Source.Started is { } started)
            _profile.Number(TimeNanos, Nanoseconds((started - DateTimeOffset.UnixEpoch).TotalSeconds));
        _profile.Number(DurationNanos, Nanoseconds(model.Source.Seconds));
        _profile.Number(DefaultSampleType, Text("inuse_space"));
        foreach (var text in _stringList)
            _profile.Text(StringTable, text);
        return _profile;
    }

    // Converts to nanoseconds with the microsecond resolution of a capture, as much as the field holds.
    private static long Nanoseconds(double seconds) => 1_000 * (long)Math.Clamp(seconds * 1e6, -9e15, 9e15);

    // Adds a sample for each known stack, and one for the rest of the site.
    private void AddSite(SiteModel site, string name)
    {
        var own = LocationOf(name, site.File, site.Line);
        var (count, bytes) = (site.LiveCount, site.LiveBytes);
        foreach (var stack in site.Stacks)
        {
            var callers = stack.Frames.Skip(1).Select(frame => LocationOf(frame, "", 0));
            AddSample([own, .. callers], [0, 0, stack.Count, stack.Bytes], site.Tag);
            count -= stack.Count;
            bytes -= stack.Bytes;
        }
        AddSample(
            [own], [site.Allocations, site.AllocatedBytes, Math.Max(0, count), Math.Max(0, bytes)], site.Tag);
    }

    private void AddSample(long[] locations, long[] values, string? tag)
    {
        var sample = new ProtoWriter();
        sample.Packed(1, locations);
        sample.Packed(2, values);
        if (tag is not null)
        {
            var label = new ProtoWriter();
            label.Number(1, Text("tag"));
            label.Number(2, Text(tag));
            sample.Message(3, label);
        }
        _profile.Message(Sample, sample);
    }

    // Each location is a line in a function of its own; both have the same number.
    private long LocationOf(string name, string file, int line)
    {
        if (_locations.TryGetValue((name, file, line), out var number))
            return number;
        number = _locations.Count + 1;
        _locations.Add((name, file, line), number);
        var function = new ProtoWriter();
        function.Number(1, number);
        function.Number(2, Text(name));
        function.Number(3, Text(name));
        function.Number(4, Text(file));
        _profile.Message(Function, function);
        var lineOf = new ProtoWriter();
        lineOf.Number(1, number);
        lineOf.Number(2, line);
        var location = new ProtoWriter();
        location.Number(1, number);
        location.Message(4, lineOf);
        _profile.Message(Location, location);
        return number;
    }

    private long Text(string text)
    {
        if (_strings.TryGetValue(text, out var index))
            return index;
        _stringList.Add(text);
        return _strings[text] = _stringList.Count - 1;
    }
}
