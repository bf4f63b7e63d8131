using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Arena.Diagnostics;

/// <summary>Decides what goes into a capture file, and when. It is for one thread at a time.</summary>
internal sealed class CaptureContents : IDisposable
{
    // The number of samples of all sites from one that is written in full to the next, which is the most that a damaged
    // file can lose.
    private const int SamplesPerWhole = 32;

    private readonly CaptureFile _file;
    private readonly List<CaptureTrack> _tracks = [];
    private readonly List<ByteWriter> _maps = [];
    private readonly SiteHarvest _harvest;
    private readonly ByteWriter _chunk = new(CaptureFormat.ChunkHeaderBytes);
    private readonly ByteWriter _rest = new(headerBytes: 0);
    private readonly ByteWriter _latest = new(CaptureFormat.SlotHeaderBytes);
    private readonly ResidentMemory _resident = new();
    private readonly CaptureCost _cost = new();
    private readonly TimeProvider _time;
    private readonly long _start;
    private ThinningSchedule _sitesDue;
    private long _siteSamples;

    public CaptureContents(CaptureFile file, CaptureOptions options, TimeProvider time)
    {
        Options = options;
        _time = time;
        _start = time.GetTimestamp();
        _harvest = new SiteHarvest(Names);
        _sitesDue = new ThinningSchedule(options.SiteSamples);
        _file = file;
    }

    public CaptureOptions Options { get; }

    public CaptureNames Names { get; } = new();

    public EventQueue Events { get; } = new();

    public long FileBytes => _file.Length;

    /// <summary>Seconds since the file was begun.</summary>
    public double Seconds => _time.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Writes the facts that do not change.</summary>
    public void Begin()
    {
        _file.Begin();
        _chunk.Clear();
        FactsSection.Write(
            _chunk,
            ("started", DateTimeOffset.UtcNow.ToString("O")),
            ("process", Environment.ProcessPath is { } path ? Path.GetFileNameWithoutExtension(path) : ""),
            ("process id", Environment.ProcessId.ToString(provider: null)),
            ("machine", $"{RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors"),
            ("system", RuntimeInformation.OSDescription),
            ("runtime", RuntimeInformation.FrameworkDescription),
            ("page bytes", PageArena.PageBytes.ToString(provider: null)),
            ("interval ms", Options.Interval.TotalMilliseconds.ToString("R", provider: null)));
        _file.Append(ChunkKind.Start, _chunk);
    }

    public CaptureTrack AddTrack(LeakTracker tracker)
    {
        var track = new CaptureTrack(
            tracker, _tracks.Count, Names, Options, Seconds - tracker.State.Clock.Seconds);
        _tracks.Add(track);
        return track;
    }

    /// <summary>Keeps what a tracker knows for the time after its disposal: counts, ages, stacks and tags.</summary>
    public void Freeze(CaptureTrack track)
    {
        ReportSections.Write(track.Tracker, Names, _rest);
        track.Freeze(Names);
    }

    public void AddMap(LeakTracker tracker)
    {
        var track = _tracks.Find(t => t.Tracker == tracker)
            ?? throw new InvalidOperationException(
                $"The tracker of arena '{tracker.Arena.Name}' is not captured here: Add it first.");
        ObjectDisposedException.ThrowIf(track.IsFrozen, tracker);
        ObjectDisposedException.ThrowIf(tracker.Arena.IsDisposed, tracker.Arena);
        _maps.Add(MapOf(track));
    }

    public void AddSnapshot(string name)
    {
        var frame = _tracks.Count == 0 ? 0 : _tracks.Max(track => track.Tracker.Frame);
        SnapshotSection.Begin(_rest, name, Seconds, frame);
        foreach (var track in _tracks.Where(track => !track.IsFrozen))
        {
            foreach (var row in SnapshotBuilder.Sum(track.Tracker, 0, long.MaxValue))
            {
                var site = Names.NumberOf(row.Site);
                SnapshotSection.WriteEntry(_rest, site, row.Class, SiteCounters.Whole(row.Count), row.Bytes);
            }
        }
        _rest.End();
    }

    /// <summary>Writes the events since the last time, then the present state.</summary>
    public void Write()
    {
        var began = Stopwatch.GetTimestamp();
        WriteTick();
        WriteLatest();
        _cost.Count(Stopwatch.GetTimestamp() - began);
    }

    public void End()
    {
        Write();
        AddSnapshot("end");
        foreach (var track in _tracks.Where(track => !track.IsFrozen))
            ReportSections.Write(track.Tracker, Names, _rest);
        WriteTick();
        WriteLatest();
        _chunk.Clear();
        TimeSection.Write(_chunk, Seconds);
        _file.Append(ChunkKind.End, _chunk);
    }

    public void Dispose()
    {
        _file.Dispose();
        _resident.Dispose();
    }

    private void WriteTick()
    {
        _harvest.Clear();
        foreach (var track in _tracks)
            track.Harvest(_harvest);
        Names.WriteGone();

        _chunk.Clear();
        TimeSection.Write(_chunk, Seconds);
        var empty = _chunk.Count;
        _chunk.Sections(Names.Pending);
        foreach (var track in _tracks)
        {
            if (track.TotalsAreDue())
                track.WriteTotals(_chunk, startsAnew: true);
            track.WriteFrames(_chunk);
        }
        if (_chunk.Count > empty)
            WriteProcess(_chunk);
        if (_sitesDue.IsDue())
            _harvest.WriteLive(_chunk, all: _siteSamples++ % SamplesPerWhole == 0);
        Events.WriteTo(_chunk);
        _chunk.Sections(_rest);
        if (_chunk.Count > empty)
            _file.Append(ChunkKind.Tick, _chunk);
        foreach (var map in _maps)
            _file.Append(ChunkKind.Map, map);
        _maps.Clear();
    }

    private void WriteLatest()
    {
        _latest.Clear();
        TimeSection.Write(_latest, Seconds);
        WriteProcess(_latest);
        foreach (var track in _tracks)
        {
            if (track.IsFrozen)
                continue;
            track.WriteTotals(_latest, startsAnew: false);
            track.WriteUse(_latest);
        }
        _harvest.WriteCounters(_latest);
        _cost.WriteTo(_latest, _tracks, Events.DroppedCount, _file.Length);
        _file.WriteLatest(_latest);
    }

    private ByteWriter MapOf(CaptureTrack track)
    {
        var arena = track.Tracker.Arena;
        var chunk = new ByteWriter(CaptureFormat.ChunkHeaderBytes);
        MapHeaderSection.Write(chunk, track.Number, Seconds, track.Tracker.Frame);
        unsafe
        {
            var encoder = new MapEncoder(chunk, (nuint)arena.Base);
            foreach (var allocator in arena.Allocators())
                encoder.Add(allocator, Names.NumberOf(allocator, track.Number));
            encoder.AddCommitted(arena);
            encoder.AddShared(arena);
            encoder.AddMoved();
        }
        MapEndSection.Write(chunk);
        return chunk;
    }

    private void WriteProcess(ByteWriter chunk) => ProcessSection.Write(
        chunk, _resident.Read(), GC.GetTotalMemory(forceFullCollection: false));
}
