namespace Arena.Diagnostics;

/// <summary>Puts the sections of a capture together. In a damaged file, numbers without a name stay unknown.</summary>
internal sealed class CaptureBuilder
{
    private const string Unknown = "(unknown)";

    private readonly NumberTable<string> _texts = new(_ => Unknown);
    private readonly NumberTable<ArenaBuilder> _arenas = new(number => new ArenaBuilder(number));
    private readonly NumberTable<CaptureAllocator> _allocators =
        new(number => new CaptureAllocator { Number = number, Arena = -1 });

    private readonly SiteSeriesBuilder _sites = new();
    private readonly MapBuilder _maps = new();
    private readonly Dictionary<string, string> _facts = [];
    private readonly List<CaptureProcess> _process = [];
    private readonly List<CaptureEvent> _events = [];
    private readonly List<CaptureSnapshot> _snapshots = [];
    private readonly List<TagUse> _tags = [];
    private CaptureOverhead _overhead = new();
    private double _seconds;
    private double _lastSeconds;

    /// <summary>
    /// Notes that a chunk was lost: values written as changes cannot be followed until they are written in full.
    /// </summary>
    public void LoseTrack() => _sites.LoseTrack();

    public void Add(SectionKind kind, ref ByteReader section, bool isLatest)
    {
        switch (kind)
        {
            case SectionKind.Time:
                _seconds = TimeSection.Read(ref section);
                _lastSeconds = Math.Max(_lastSeconds, _seconds);
                break;
            case SectionKind.Facts:
                FactsSection.Read(ref section, _facts);
                break;
            case SectionKind.Text:
                var (number, text) = TextSection.Read(ref section);
                _texts[number] = text;
                break;
            case SectionKind.Arena:
                AddArena(ref section);
                break;
            case SectionKind.Allocator:
                AddAllocator(ref section);
                break;
            case SectionKind.AllocatorGone:
                var gone = AllocatorGoneSection.Read(ref section);
                _allocators[gone] = _allocators.Find(gone) with { IsGone = true };
                break;
            case SectionKind.Process:
                AddProcess(ProcessSection.Read(ref section, _seconds));
                break;
            case SectionKind.Totals:
                var totals = TotalsSection.Read(ref section, _seconds, out var arena);
                _arenas[arena].Add(in totals);
                break;
            case SectionKind.Frames:
                FramesSection.ReadFrames(ref section, _arenas[FramesSection.ReadArena(ref section)].Frames);
                break;
            case SectionKind.MapHeader or SectionKind.MapBlock or SectionKind.MapCommitted or SectionKind.MapShared
                or SectionKind.MapMoved or SectionKind.MapEnd:
                _maps.Add(kind, ref section);
                break;
            case SectionKind.Event:
                _events.Add(EventSection.Read(ref section));
                break;
            case SectionKind.Snapshot:
                AddSnapshot(ref section);
                break;
            case SectionKind.AllocatorUse:
                AddUse(ref section);
                break;
            case SectionKind.AllocatorCompaction:
                var compaction = AllocatorCompactionSection.Read(ref section, out var compacted);
                _allocators[compacted] = _allocators.Find(compacted) with { Compaction = compaction };
                break;
            case SectionKind.Tags:
                AddTag(ref section);
                break;
            case SectionKind.Cost:
                _overhead = CostSection.Read(ref section);
                break;
            default:
                _sites.Add(kind, ref section, _texts, _seconds, isLatest);
                break;
        }
    }

    public MemoryCapture Build(CaptureReader reader)
    {
        var (seconds, sites) = _sites.Build();
        var allocators = _allocators.Known.ToLookup(allocator => allocator.Arena);
        CaptureArena[] arenas = [.. _arenas.Known.Select(arena => arena.Build([.. allocators[arena.Number]]))];
        var allocations = arenas.Sum(arena => arena.Totals.Count > 0 ? (double)arena.Totals[^1].Allocations : 0);
        return new MemoryCapture
        {
            FormatVersion = reader.Version,
            Problem = reader.Problem(_lastSeconds),
            IsEnded = reader.IsEnded,
            Seconds = _lastSeconds,
            Facts = _facts,
            Arenas = arenas,
            Sites = sites,
            SampleSeconds = seconds,
            Process = _process,
            Events = _events,
            Maps = _maps.Build(),
            Snapshots = _snapshots,
            Tags = _tags,
            Overhead = _overhead with { TrackingSeconds = _overhead.PairNanoseconds * 1e-9 * allocations },
        };
    }

    private void AddArena(ref ByteReader section)
    {
        var arena = ArenaSection.Read(ref section);
        _arenas[arena.Number].Describe(in arena, _texts.Find(arena.Name));
    }

    private void AddAllocator(ref ByteReader section)
    {
        var allocator = AllocatorSection.Read(ref section);
        _allocators[allocator.Number] = new CaptureAllocator
        {
            Number = allocator.Number,
            Arena = allocator.Arena,
            Kind = _texts.Find(allocator.Kind),
            Name = _texts.Find(allocator.Name),
            Tag = NullIfEmpty(_texts.Find(allocator.Tag)),
        };
    }

    private void AddProcess(CaptureProcess process)
    {
        if (_process.Count == 0 || process.Seconds > _process[^1].Seconds)
            _process.Add(process);
        else if (process.Seconds == _process[^1].Seconds)
            _process[^1] = process;
    }

    private void AddSnapshot(ref ByteReader section)
    {
        var (name, seconds, frame) = SnapshotSection.ReadHead(ref section);
        List<SnapshotRow> rows = [];
        while (!section.AtEnd)
        {
            var (number, sizeClass, count, bytes) = SnapshotSection.ReadEntry(ref section);
            var site = _sites.Find(number);
            rows.Add(new SnapshotRow(
                site.File, site.Line, site.Member, site.Tag, (nuint)1 << sizeClass, count, bytes));
        }
        // Rows whose sum overflows cannot be memory.
        _ = (rows.Sum(row => row.Count), rows.Sum(row => row.Bytes));
        _snapshots.Add(new CaptureSnapshot(name, seconds, frame, MemorySnapshot.Sorted(rows)));
    }

    private void AddUse(ref ByteReader section)
    {
        var use = AllocatorUseSection.Read(ref section);
        _allocators[use.Allocator] = _allocators.Find(use.Allocator) with
        {
            TrackedBytes = use.TrackedBytes,
            CountAtAttach = use.CountAtAttach,
            BytesAtAttach = use.BytesAtAttach,
            BeforeCount = use.BeforeCount,
            BeforeBytes = use.BeforeBytes,
        };
    }

    private void AddTag(ref ByteReader section)
    {
        var use = TagSection.Read(ref section, out var name);
        _tags.Add(use with { Tag = NullIfEmpty(_texts.Find(name)) });
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
