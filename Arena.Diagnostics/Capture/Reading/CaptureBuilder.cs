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
                _seconds = CaptureTime.Seconds(section.Long());
                _lastSeconds = Math.Max(_lastSeconds, _seconds);
                break;
            case SectionKind.Facts:
                while (!section.AtEnd)
                    _facts[section.Text()] = section.Text();
                break;
            case SectionKind.Text:
                _texts[section.Count()] = section.Text();
                break;
            case SectionKind.Arena:
                AddArena(ref section);
                break;
            case SectionKind.Allocator:
                AddAllocator(ref section);
                break;
            case SectionKind.AllocatorGone:
                var gone = section.Count();
                _allocators[gone] = _allocators.Find(gone) with { IsGone = true };
                break;
            case SectionKind.Process:
                AddProcess(new CaptureProcess(_seconds, section.Long(), section.Long()));
                break;
            case SectionKind.Totals:
                _arenas[section.Count()].AddTotals(ref section, _seconds);
                break;
            case SectionKind.Frames:
                _arenas[section.Count()].AddFrames(ref section);
                break;
            case SectionKind.MapHeader or SectionKind.MapBlock or SectionKind.MapCommitted or SectionKind.MapEnd:
                _maps.Add(kind, ref section);
                break;
            case SectionKind.Event:
                AddEvent(ref section);
                break;
            case SectionKind.Snapshot:
                AddSnapshot(ref section);
                break;
            case SectionKind.AllocatorUse:
                AddUse(ref section);
                break;
            case SectionKind.Tags:
                AddTag(ref section);
                break;
            case SectionKind.Cost:
                AddCost(ref section);
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
        return new MemoryCapture
        {
            FormatVersion = reader.Version,
            Problem = reader.Problem(_lastSeconds),
            IsEnded = reader.IsEnded,
            Seconds = _lastSeconds,
            Facts = _facts,
            Arenas = [.. _arenas.Known.Select(arena => arena.Build([.. allocators[arena.Number]]))],
            Sites = sites,
            SampleSeconds = seconds,
            Process = _process,
            Events = _events,
            Maps = _maps.Build(),
            Snapshots = _snapshots,
            Tags = _tags,
            Overhead = _overhead,
        };
    }

    private void AddArena(ref ByteReader section) => _arenas[section.Count()].Describe(ref section, _texts);

    private void AddAllocator(ref ByteReader section)
    {
        var number = section.Count();
        _allocators[number] = new CaptureAllocator
        {
            Number = number,
            Arena = section.Count(),
            Kind = _texts.Find(section.Count()),
            Name = _texts.Find(section.Count()),
            Tag = NullIfEmpty(_texts.Find(section.Count())),
        };
    }

    private void AddProcess(CaptureProcess process)
    {
        if (_process.Count == 0 || process.Seconds > _process[^1].Seconds)
            _process.Add(process);
        else if (process.Seconds == _process[^1].Seconds)
            _process[^1] = process;
    }

    private void AddEvent(ref ByteReader section)
    {
        var kind = (CaptureEventKind)section.Count();
        var seconds = CaptureTime.Seconds(section.Long());
        var arena = section.Count() - 1;
        var frame = section.Long();
        _events.Add(new CaptureEvent(kind, seconds, arena, frame, section.Text(), section.Text()));
    }

    private void AddSnapshot(ref ByteReader section)
    {
        var name = section.Text();
        var seconds = CaptureTime.Seconds(section.Long());
        var frame = section.Long();
        List<SnapshotRow> rows = [];
        while (!section.AtEnd)
        {
            var site = _sites.Find(section.Count());
            var classBytes = (nuint)1 << Math.Min(section.Count(), 63);
            rows.Add(new SnapshotRow(
                site.File, site.Line, site.Member, site.Tag, classBytes, section.Long(), section.Long()));
        }
        // Rows whose sum overflows cannot be memory.
        _ = (rows.Sum(row => row.Count), rows.Sum(row => row.Bytes));
        _snapshots.Add(new CaptureSnapshot(name, seconds, frame, MemorySnapshot.Sorted(rows)));
    }

    private void AddUse(ref ByteReader section)
    {
        var number = section.Count();
        _allocators[number] = _allocators.Find(number) with
        {
            TrackedBytes = section.Long(),
            CountAtAttach = section.Long(),
            BytesAtAttach = section.Long(),
            BeforeCount = section.Long(),
            BeforeBytes = section.Long(),
        };
    }

    private void AddTag(ref ByteReader section)
    {
        var name = NullIfEmpty(_texts.Find(section.Count()));
        var (count, bytes) = (section.Count(), section.Long());
        var (soft, hard) = (section.Long(), section.Long());
        var budget = soft == 0 && hard == 0
            ? null
            : new MemoryBudget { SoftBytes = (nuint)soft, HardBytes = (nuint)hard };
        _tags.Add(new TagUse(name, count, (nuint)bytes, budget, section.Long()));
    }

    private void AddCost(ref ByteReader section) => _overhead = new CaptureOverhead
    {
        TableBytes = section.Long(),
        ManagedBytes = section.Long(),
        TrackedCount = section.Long(),
        UntrackedCount = section.Long(),
        DroppedEvents = section.Long(),
        FileBytes = section.Long(),
        Writings = section.Long(),
        WritingSeconds = CaptureTime.Seconds(section.Long()),
        LongestWritingSeconds = CaptureTime.Seconds(section.Long()),
        PairNanoseconds = section.Long() / 1e3,
    };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
