using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

/// <summary>
/// Numbers for lines of source under tags, with what is counted of them. The file and the member come as the
/// compiler's literals, the same objects each time, so a line is found in an open table by a few comparisons of
/// references. What comes as other objects (a literal of another assembly, a string made at run time) is recognised by
/// its contents.
/// </summary>
/// <remarks>
/// The table holds one object for each contents, and every literal, which lives as long as the process anyway; so
/// strings that a program makes anew for each call are not kept. For one thread at a time; <see cref="Counters"/> and
/// <see cref="Sites"/> may be read by others, and are then a moment old.
/// </remarks>
internal sealed class SiteTable
{
    private readonly Dictionary<(string File, int Line, string Member, int Tag), int> _byContents = [];
    private Entry[] _entries = new Entry[64];

    // That leaves as many bits of a hash as a place has.
    private int _shift = 64 - 6;
    private int _entryCount;
    private int _count = 1;
    private Site[] _sites = [new("(other lines)", 0, "", Tag.None), null!, null!, null!];
    private SiteCounters[] _counters = new SiteCounters[4];

    /// <summary>Told of a site when it gets its number.</summary>
    public Action<Site>? Added { get; init; }

    /// <summary>By number; number 0 takes what does not fit.</summary>
    public ReadOnlySpan<Site> Sites => Volatile.Read(ref _sites).AsSpan(0, Volatile.Read(ref _count));

    /// <summary>By number, at least as many as <see cref="Sites"/> had a moment before.</summary>
    public Span<SiteCounters> Counters => Volatile.Read(ref _counters);

    /// <summary>Bytes of managed memory, about.</summary>
    public long ManagedBytes =>
        _entries.Length * (long)Unsafe.SizeOf<Entry>()
        + _counters.Length * (long)(Unsafe.SizeOf<SiteCounters>() + IntPtr.Size) + _byContents.Count * 100L;

    public Site this[int number] => _sites[number];

    public ref SiteCounters CountersOf(int number) => ref _counters[number];

    /// <summary>Finds a line that was added under these very objects.</summary>
    public bool TryFind(string? file, int line, string? member, Tag tag, out int number)
    {
        number = 0;
        if (file is null || member is null)
            return false;
        ref var entry = ref _entries[PlaceOf(file, line, member, tag.Number)];
        number = entry.Number;
        return entry.File is not null;
    }

    /// <summary>For tests: how many entries a search looks at.</summary>
    public int StepsTo(string file, int line, string member, Tag tag)
    {
        var away = PlaceOf(file, line, member, tag.Number) - HomeOf(file, line, member, tag.Number);
        return (away & (_entries.Length - 1)) + 1;
    }

    /// <summary>The number of a line by its contents, a new one where it has none.</summary>
    public int Add(string? file, int line, string? member, Tag tag)
    {
        file ??= "";
        member ??= "";
        var contents = (file, line, member, tag.Number);
        var isNew = !_byContents.TryGetValue(contents, out var number);
        if (isNew)
        {
            number = AddSite(file, line, member, tag);
            if (number == 0)
                return 0;
            _byContents.Add(contents, number);
        }
        if (isNew || (IsLiteral(file) && IsLiteral(member)))
            Enter(new Entry { File = file, Member = member, Line = line, Tag = tag.Number, Number = number });
        return number;
    }

    /// <summary>
    /// Whether a text lives as long as the process: literals have a place of their own, where nothing moves and nothing
    /// dies, but those of collectible assemblies.
    /// </summary>
    internal static bool IsLiteral(string text) => GC.GetGeneration(text) == int.MaxValue;

    // Of the contents, so that it stays while objects move. The line with the lengths is multiplied by the golden
    // ratio, the tag by the square root of two, both as fractions of one: so runs of either, and of both, are spread
    // evenly (Knuth, TAOCP 3, 6.4). The upper bits are those that everything below has a part in.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int HomeOf(string file, int line, string member, int tag)
    {
        var low = unchecked((uint)line + ((uint)file.Length << 20) + ((uint)member.Length << 26));
        return (int)(unchecked((low | (ulong)(uint)tag << 32) * 0x9E37_79B9_6A09_E667) >> _shift);
    }

    // Where the line is, or the empty place where the search for it ends.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PlaceOf(string file, int line, string member, int tag)
    {
        var entries = _entries;
        for (var index = HomeOf(file, line, member, tag); ; index = unchecked(index + 1))
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

    private int AddSite(string file, int line, string member, Tag tag)
    {
        if (_count == LiveAllocation.MaximumSites)
            return 0;
        if (_count == _sites.Length)
        {
            // The counters first: whoever sees a site finds its counters.
            var counters = _counters;
            Array.Resize(ref counters, 2 * _count);
            Volatile.Write(ref _counters, counters);
            var sites = _sites;
            Array.Resize(ref sites, 2 * _count);
            Volatile.Write(ref _sites, sites);
        }
        var site = new Site(file, line, member, tag);
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
        _entries[PlaceOf(entry.File!, entry.Line, entry.Member!, entry.Tag)] = entry;

    private struct Entry
    {
        public string? File;
        public string? Member;
        public int Line;
        public int Tag;
        public int Number;
    }
}
