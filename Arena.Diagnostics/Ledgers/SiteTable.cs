using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

/// <summary>
/// Numbers lines of source under tags, and holds their counters. The file and the member come as the
/// compiler's literals, the same objects each time, so a line is found in an open table by a few comparisons of
/// references. Other objects (a literal of another assembly, a string made at run time) are recognised by their
/// contents.
/// </summary>
/// <remarks>
/// The table holds one object for each contents, and every literal, which lives as long as the process anyway; so
/// strings that a program makes again for each call are not kept. It is for one thread at a time; other threads may
/// read
/// <see cref="Counters"/> and <see cref="Sites"/>, which are then a moment old.
/// </remarks>
internal sealed class SiteTable
{
    private readonly Dictionary<(SourceLine Line, int Tag), int> _byContents = [];
    private Entry[] _entries = new Entry[64];

    // The shift that leaves as many bits of a hash as the number of a place has.
    private int _shift = 64 - 6;
    private int _entryCount;
    private int _count = 1;
    private Site[] _sites = [new(new SourceLine("(other lines)", 0, ""), Tag.None), null!, null!, null!];
    private SiteCounters[] _counters = new SiteCounters[4];

    /// <summary>Called with a site when it gets its number.</summary>
    public Action<Site>? Added { get; init; }

    /// <summary>The sites by number; number 0 collects those that do not fit.</summary>
    public ReadOnlySpan<Site> Sites => Volatile.Read(ref _sites).AsSpan(0, Volatile.Read(ref _count));

    /// <summary>The counters by number, at least as many as <see cref="Sites"/> a moment before.</summary>
    public Span<SiteCounters> Counters => Volatile.Read(ref _counters);

    /// <summary>Approximate bytes of managed memory.</summary>
    public long ManagedBytes =>
        _entries.Length * (long)Unsafe.SizeOf<Entry>()
        + _counters.Length * (long)(Unsafe.SizeOf<SiteCounters>() + IntPtr.Size) + _byContents.Count * 100L;

    public Site this[int number] => _sites[number];

    public ref SiteCounters CountersOf(int number) => ref _counters[number];

    /// <summary>Finds a line that was added under these very objects.</summary>
    public bool TryFind(in SourceLine caller, Tag tag, out int number)
    {
        number = 0;
        if (caller.File is null || caller.Member is null)
            return false;
        ref var entry = ref _entries[PlaceOf(in caller, tag.Number)];
        number = entry.Number;
        return entry.File is not null;
    }

    /// <summary>The number of entries that a search examines; for tests.</summary>
    public int StepsTo(in SourceLine caller, Tag tag)
    {
        var away = PlaceOf(in caller, tag.Number) - HomeOf(in caller, tag.Number);
        return (away & (_entries.Length - 1)) + 1;
    }

    /// <summary>Returns the number of a line by its contents, a new one if it has none.</summary>
    public int Add(in SourceLine caller, Tag tag)
    {
        // A program that passes its own texts may have passed null.
        var line = new SourceLine(caller.File ?? "", caller.Line, caller.Member ?? "");
        var contents = (line, tag.Number);
        var isNew = !_byContents.TryGetValue(contents, out var number);
        if (isNew)
        {
            number = AddSite(in line, tag);
            if (number == 0)
                return 0;
            _byContents.Add(contents, number);
        }
        if (isNew || (IsLiteral(line.File) && IsLiteral(line.Member)))
        {
            Enter(new Entry
            {
                File = line.File, Member = line.Member, Line = line.Line, Tag = tag.Number, Number = number,
            });
        }
        return number;
    }

    /// <summary>
    /// Returns whether a text lives as long as the process: literals are kept apart, where nothing moves and nothing
    /// dies, except those of collectible assemblies.
    /// </summary>
    internal static bool IsLiteral(string text) => GC.GetGeneration(text) == int.MaxValue;

    // Returns a hash of the contents, which stays while objects move. The line with the lengths is multiplied by the
    // golden ratio, the tag by the square root of two, both as fractions of one: so runs of either, and of both, are
    // spread evenly (Knuth, TAOCP 3, 6.4). All lower bits contribute to the upper bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int HomeOf(in SourceLine caller, int tag)
    {
        var low = unchecked((uint)caller.Line + ((uint)caller.File.Length << 20) + ((uint)caller.Member.Length << 26));
        return (int)(unchecked((low | (ulong)(uint)tag << 32) * 0x9E37_79B9_6A09_E667) >> _shift);
    }

    // Returns the line's place, or the empty place where the search for it ends.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PlaceOf(in SourceLine caller, int tag)
    {
        var entries = _entries;
        var (file, line, member) = caller;
        for (var index = HomeOf(in caller, tag); ; index = unchecked(index + 1))
        {
            var place = index & (entries.Length - 1);
            ref var entry = ref entries[place];
            if (entry.File is null || (ReferenceEquals(entry.File, file) && entry.Line == line
                && ReferenceEquals(entry.Member, member) && entry.Tag == tag))
            {
                return place;
            }
        }
    }

    private int AddSite(in SourceLine caller, Tag tag)
    {
        if (_count == LiveAllocation.MaximumSites)
            return 0;
        if (_count == _sites.Length)
        {
            // The counters come first, so that a thread that sees a site finds its counters.
            var counters = _counters;
            Array.Resize(ref counters, 2 * _count);
            Volatile.Write(ref _counters, counters);
            var sites = _sites;
            Array.Resize(ref sites, 2 * _count);
            Volatile.Write(ref _sites, sites);
        }
        var site = new Site(in caller, tag);
        Added?.Invoke(site);
        _sites[_count] = site;
        Volatile.Write(ref _count, _count + 1);
        return _count - 1;
    }

    private void Enter(in Entry entry)
    {
        if (++_entryCount > _entries.Length / 2)
        {
            var old = _entries;
            _entries = new Entry[2 * old.Length];
            _shift--;
            foreach (ref readonly var known in old.AsSpan())
            {
                if (known.File is not null)
                    Place(in known);
            }
        }
        Place(in entry);
    }

    private void Place(in Entry entry) =>
        _entries[PlaceOf(new SourceLine(entry.File!, entry.Line, entry.Member!), entry.Tag)] = entry;

    private struct Entry
    {
        public string? File;
        public string? Member;
        public int Line;
        public int Tag;
        public int Number;
    }
}
