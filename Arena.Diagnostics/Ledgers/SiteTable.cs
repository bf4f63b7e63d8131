using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

/// <summary>
/// Numbers for lines of source under tags, with what is counted of them. The file and the member come as the
/// compiler's literals: objects that never move and never die, so their addresses identify them, and a line is found
/// in an open table by a few comparisons of words. A string that may move (out of a collectible assembly, or made at
/// run time) has no such address and is found by its contents; and by its contents a new line is recognised that
/// another assembly knows under other objects.
/// </summary>
/// <remarks>
/// An address in the table is never taken for a reference: it is only compared. A movable string cannot come to lie at
/// one of them, because literals that do not move have segments of their own until the process ends. For one thread at
/// a time; <see cref="Counters"/> and <see cref="Sites"/> may be read by others, and are then a moment old.
/// </remarks>
internal sealed class SiteTable
{
    private readonly Dictionary<(string File, int Line, string Member, int Tag), int> _byContents = [];
    private Entry[] _entries = new Entry[64];
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
    public bool TryFind(string file, int line, string member, Tag tag, out int number)
    {
        var key = new Entry { File = AddressOf(file), Member = AddressOf(member), Line = line, Tag = tag.Number };
        var entries = _entries;
        for (var index = key.Hash(); ; index = unchecked(index + 1))
        {
            ref var entry = ref entries[index & (entries.Length - 1)];
            if (entry.Is(in key))
            {
                number = entry.Number;
                return true;
            }
            if (entry.File == 0)
            {
                number = 0;
                return false;
            }
        }
    }

    /// <summary>The number of a line by its contents, a new one where it has none.</summary>
    public int Add(string? file, int line, string? member, Tag tag)
    {
        file ??= "";
        member ??= "";
        var contents = (file, line, member, tag.Number);
        if (!_byContents.TryGetValue(contents, out var number))
        {
            number = AddSite(file, line, member, tag);
            _byContents.Add(contents, number);
        }
        if (IsImmovable(file) && IsImmovable(member))
            Enter(new Entry
            {
                File = AddressOf(file), Member = AddressOf(member), Line = line, Tag = tag.Number, Number = number,
            });
        return number;
    }

    // Of null it is 0, and then nothing is found.
    private static nint AddressOf(string text) => Unsafe.As<string, nint>(ref text);

    private static bool IsImmovable(string text) => GC.GetGeneration(text) == int.MaxValue;

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
            foreach (ref readonly var known in old.AsSpan())
            {
                if (known.File != 0)
                    Place(in known);
            }
        }
        Place(in entry);
    }

    private void Place(in Entry entry)
    {
        var index = entry.Hash();
        while (_entries[index & (_entries.Length - 1)].File != 0)
            index = unchecked(index + 1);
        _entries[index & (_entries.Length - 1)] = entry;
    }

    private struct Entry
    {
        public nint File;
        public nint Member;
        public int Line;
        public int Tag;
        public int Number;

        public readonly bool Is(in Entry key) =>
            File == key.File && Line == key.Line && Member == key.Member && Tag == key.Tag;

        public readonly int Hash() =>
            (int)(unchecked(((ulong)File + ((ulong)Line << 20) + ((ulong)Tag << 40) + (ulong)Member * 3)
                * 0x9E37_79B9_7F4A_7C15) >> 33);
    }
}
