using Arena.Os;

namespace Arena;

/// <summary>
/// Which pages of an arena may differ from the table of copies: those that were written since the two were equal, as
/// far as the operating system notes it, and those whose copy was exchanged. Where it notes nothing, all of them.
/// <code>
/// page          0  1  2  3  4  5  6  7
/// written       .  x  .  .  x  .  .  .      asked of the system at each save and restore
/// suspect       .  x  .  x  x  .  .  .      page 3 has another frame's copy in the table
/// </code>
/// Where a large part of a chunk is written every frame, comparing all of it costs less than the faults of the first
/// writes, about a microsecond each. Such a chunk is <em>hot</em>: all of its pages are suspect, and none is tracked.
/// </summary>
internal sealed unsafe class WrittenPages : IDisposable
{
    // Below, comparing costs less than the faults of the first writes.
    private const nuint LeastTrackedBytes = 1 << 20;

    private const int RunCount = 1024;

    // Pages of a chunk. It gets hot when that many changed between two saves, and cold when fewer did.
    private const int ChunkShift = 6;
    private const int ChunkWords = 1 << ChunkShift - 6;
    private const int HotPages = 16;
    private const int ColdPages = 10;

    private readonly PageArena _arena;
    private readonly PageRun[] _runs = GC.AllocateArray<PageRun>(RunCount, pinned: true);
    private HistoryMechanism _wanted;
    private WriteTracker? _tracker;
    private ulong* _suspect;
    private ulong* _written;
    private bool[] _isHot = [];
    private int _words;
    private bool _isExact;

    public WrittenPages(PageArena arena, HistoryMechanism wanted)
    {
        _arena = arena;
        _wanted = wanted;
        if (wanted == HistoryMechanism.WriteTracking && Track() is { } why)
        {
            throw new InvalidOperationException(
                $"The history of arena '{arena.Name}' cannot use {wanted}: {why}. "
                + $"{HistoryMechanism.Best} uses it where the system has it.");
        }
        arena.NotifyOfClosedPages(SuspectPages);
    }

    /// <summary>The mechanism in use.</summary>
    public HistoryMechanism Mechanism =>
        _tracker is null ? HistoryMechanism.Comparing : HistoryMechanism.WriteTracking;

    /// <summary>Bytes of memory that it holds.</summary>
    public nuint HeldBytes =>
        2 * (nuint)_words * sizeof(ulong) + (nuint)_isHot.Length + (nuint)(RunCount * sizeof(PageRun));

    /// <summary>Which of 64 pages may differ.</summary>
    public ulong Suspects(int word) => _suspect[word];

    /// <summary>
    /// Returns whether the suspects of 64 pages were written: all but a few differ, so that comparing them is wasted.
    /// </summary>
    public bool AreWritten(int word) => _isExact && !_isHot[word / ChunkWords];

    /// <summary>A page got another copy.</summary>
    public void Suspect(int page) => _suspect[page >> 6] |= 1UL << page;

    /// <summary>Makes room for pages, which are suspect.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory; nothing was changed.</exception>
    public void Cover(int pages)
    {
        var words = (pages + 63) >> 6;
        if (words <= _words)
            return;
        var capacity = Math.Max(words, 2 * _words);
        _suspect = (ulong*)OwnMemory.Resize(_suspect, (nuint)capacity * sizeof(ulong));
        _written = (ulong*)OwnMemory.Resize(_written, (nuint)capacity * sizeof(ulong));
        new Span<ulong>(_suspect + _words, capacity - _words).Fill(ulong.MaxValue);
        Array.Resize(ref _isHot, capacity / ChunkWords + 1);
        _words = capacity;
    }

    /// <summary>Asks the system which pages were written.</summary>
    /// <param name="forgets">They are about to be compared, and count from now on.</param>
    public void Collect(bool forgets)
    {
        if (_tracker is null && _wanted == HistoryMechanism.Best && _arena.CommittedBytes >= LeastTrackedBytes)
            _ = Track();
        new Span<ulong>(_written, _words).Clear();
        if (_tracker is null || !TryCollect(_tracker, forgets))
        {
            _isExact = false;
            SuspectAll();
        }
        for (var word = 0; word < _words; word++)
            _suspect[word] |= _written[word];
    }

    /// <summary>Decides which chunks are hot, by what has changed since the last save.</summary>
    public void Learn(ulong* changed, int pages)
    {
        for (var chunk = 0; _tracker is not null && chunk << ChunkShift < pages; chunk++)
        {
            var first = chunk << ChunkShift;
            var count = BitRuns.CountSet(changed, first, Math.Min(pages, first + (1 << ChunkShift)));
            _isHot[chunk] = count >= (_isHot[chunk] ? ColdPages : HotPages);
        }
    }

    /// <summary>All known pages are equal to their copies.</summary>
    /// <param name="isSaved">They were saved, so that what counts as written was not written before.</param>
    public void Settle(bool isSaved)
    {
        new Span<ulong>(_suspect, _words).Clear();
        _isExact = isSaved && _tracker is not null;
    }

    /// <summary>Nothing is known any more.</summary>
    public void SuspectAll() => new Span<ulong>(_suspect, _words).Fill(ulong.MaxValue);

    /// <summary>
    /// Makes writing those of a bitmap's pages cheap that the system would otherwise note one by one.
    /// </summary>
    public void PermitWrites(ulong* pages, int words)
    {
        var count = 0;
        for (var word = 0; _tracker is not null && word < words; word++)
        {
            var rest = pages[word] & ~_written[word];
            _written[word] |= rest;
            while (BitRuns.CutRun(ref rest, word, out var first, out var end))
            {
                _runs[count++] = new PageRun { Start = (ulong)AddressOf(first), End = (ulong)AddressOf(end) };
                if (count < RunCount)
                    continue;
                _tracker.Permit(_runs);
                count = 0;
            }
        }
        if (count != 0)
            _tracker!.Permit(_runs.AsSpan(0, count));
    }

    public void Dispose()
    {
        _arena.NotifyOfClosedPages(null);
        _tracker?.Dispose();
        _tracker = null;
        _wanted = HistoryMechanism.Comparing;
        OwnMemory.Free(_suspect);
        OwnMemory.Free(_written);
        _suspect = _written = null;
        _words = 0;
    }

    private byte* AddressOf(int page) => _arena.Base + (nuint)page * _arena.OsPageBytes;

    private string? Track()
    {
        if (!_arena.CanTrackWrites)
        {
            _wanted = HistoryMechanism.Comparing;
            return OperatingSystem.IsWindows()
                ? $"the arena was made without {nameof(PageArenaOptions.TracksWrites)}"
                : "this operating system does not note which pages are written, or the arena's storage is shared";
        }
        var why = _arena.TrackWrites(out _tracker);
        // Asked once: a kernel does not change its mind.
        if (why is not null)
            _wanted = HistoryMechanism.Comparing;
        return why;
    }

    private bool TryCollect(WriteTracker tracker, bool forgets)
    {
        // Others were added since the table was made, and have no copies.
        var end = Math.Min(_arena.Map.KnownPages, _words << 6);
        for (int first = 0, next; first < end; first = next)
        {
            var isHot = _isHot[first >> ChunkShift];
            next = first;
            while (next < end && _isHot[next >> ChunkShift] == isHot)
                next = Math.Min(end, (next | ((1 << ChunkShift) - 1)) + 1);
            if (isHot)
                BitRuns.Set(_written, first, next);
            else if (!TryCollect(tracker, AddressOf(first), AddressOf(next), forgets))
                return false;
        }
        return true;
    }

    private bool TryCollect(WriteTracker tracker, byte* from, byte* end, bool forgets)
    {
        while (from < end)
        {
            if (tracker.Collect(ref from, end, forgets, _runs, out var count).Failed)
                return false;
            foreach (ref readonly var run in _runs.AsSpan(0, count))
                BitRuns.Set(_written, PageOf(run.Start), PageOf(run.End));
        }
        return true;
    }

    private int PageOf(ulong address) => (int)((nuint)(address - (ulong)_arena.Base) / _arena.OsPageBytes);

    private void SuspectPages(int first, int end)
    {
        end = Math.Min(end, _words << 6);
        if (first < end)
            BitRuns.Set(_suspect, first, end, 1);
    }
}
