using Arena;

namespace FuzzTarget;

/// <summary>
/// An arena with one allocator of each kind, and a model of it: a list of what is live, with its contents. What an
/// allocator does is compared with the model, and what the model knows to be wrong must be refused or found.
/// </summary>
internal sealed unsafe class World : IDisposable
{
    private const int MostLive = 400;
    private const long MostLiveBytes = 24 << 20;
    private const int ZoneBytes = 16;

    private static readonly GuardOptions?[] Guards =
    [
        null,
        new() { Poison = true, RedZoneBytes = ZoneBytes, QuarantineBytes = 256 << 10 },
        new() { Poison = true, RedZoneBytes = ZoneBytes },
        new() { SampleEvery = 20 },
        new() { Poison = true, RedZoneBytes = ZoneBytes, QuarantineBytes = 64 << 10, SampleEvery = 15 },
        new() { QuarantineBytes = 16 << 10, CountForeignFrees = true },
    ];

    private readonly PageArena _arena;
    private readonly Places[] _places;
    private readonly List<Entry> _live = [];
    private readonly List<Entry> _freed = [];
    private readonly ListModel _list;
    private readonly FrameAllocator _frames;
    private long _liveBytes;
    private int _guardChanges;

    public World(byte options)
    {
        _arena = new PageArena(new PageArenaOptions
        {
            Name = "fuzz",
            ReserveBytes = 512 << 20,
            Guard = Guards[options % Guards.Length],
        });
        _places = Places.MakeAll(_arena);
        _frames = new FrameAllocator(_arena);
        _list = new ListModel(_arena);
    }

    /// <summary>Bytes that the arena has committed.</summary>
    public nuint CommittedBytes => _arena.CommittedBytes;

    public void Do(ref ByteReader bytes)
    {
        var operation = bytes.Next();
        if (_live.Count >= MostLive || _liveBytes > MostLiveBytes)
            operation = (byte)(operation % 3 + 8);
        switch (operation % 24)
        {
            case < 8:
                Allocate(ref bytes);
                break;
            case < 13:
                Free(bytes.NextBelow(Math.Max(1, _live.Count)));
                break;
            case 13:
                Resize(ref bytes);
                break;
            case 14:
                FreeAgain(bytes.Next());
                break;
            case 15:
                FreeInside(ref bytes);
                break;
            case 16:
                Damage(ref bytes);
                break;
            case 17:
                WriteAfterFree(ref bytes);
                break;
            case 18:
                Trim(bytes.Next());
                break;
            case 19:
                Clear(bytes.Next());
                break;
            case 20:
                UseFrame(bytes.Next());
                break;
            case 21:
                ChangeGuard(bytes.Next());
                break;
            case 22:
                if (bytes.Next() < 20)
                    Count();
                break;
            default:
                _list.Do(ref bytes);
                break;
        }
    }

    /// <summary>Verifies everything and frees all.</summary>
    public void End()
    {
        Count();
        while (_live.Count > 0)
            Free(_live.Count - 1);
        Count();
        _list.End();
        _arena.Verify();
    }

    public void Dispose()
    {
        _arena.IgnoreLeaks = true;
        _list.Dispose();
        _frames.Dispose();
        _arena.Dispose();
    }

    private void Allocate(ref ByteReader bytes)
    {
        var kind = bytes.Next() % _places.Length;
        var scale = bytes.Next();
        var size = scale < 200 ? bytes.Next() : scale < 250 ? bytes.NextBelow(5_000) : 5 * bytes.NextBelow(1 << 16);
        var alignment = bytes.Next() is < 200 ? 16 : 16 << (scale % 6);
        if (_places[kind].Allocate((nuint)size, (nuint)alignment, _live.Count + 1) is not { } entry)
            return;
        entry.Fill = unchecked((byte)(scale ^ size));
        entry.Epoch = _guardChanges;
        Expect(entry.Address != 0 && entry.Address % 4 == 0, "an allocation has an address");
        // Were it another's too, that one's contents would be wrong.
        new Span<byte>((void*)entry.Address, entry.ByteCount).Fill(entry.Fill);
        _liveBytes += entry.ByteCount;
        _live.Add(entry);
    }

    private void Free(int index)
    {
        if (_live.Count == 0)
            return;
        var entry = Remove(index);
        _places[entry.Kind].Free(entry);
    }

    private void Resize(ref ByteReader bytes)
    {
        var index = bytes.NextBelow(Math.Max(1, _live.Count));
        if (_live.Count == 0 || !_places[_live[index].Kind].Resizes)
            return;
        var size = bytes.NextBelow(8_000);
        var entry = Remove(index);
        var moved = _places[entry.Kind].Resize(entry, (nuint)size);
        Expect(new Span<byte>((void*)moved, Math.Min(size, entry.ByteCount)).IndexOfAnyExcept(entry.Fill) < 0,
            "a resize keeps the contents");
        if (moved != entry.Address)
            _freed.Add(entry);
        entry = entry with { Address = moved, ByteCount = size, Epoch = _guardChanges };
        new Span<byte>((void*)moved, size).Fill(entry.Fill);
        _liveBytes += size;
        _live.Add(entry);
    }

    // What was freed is refused, unless something else lives there by now.
    private void FreeAgain(byte which)
    {
        // Where not all are guarded it may be the place of one that is, which begins in front of it.
        var guardsSome = _arena.Guard is { } guard ? guard.SampleEvery != 0 : _guardChanges != 0;
        if (_freed.Count == 0 || guardsSome)
            return;
        var entry = _freed[which % _freed.Count];
        if (_live.Exists(other => other.Address == entry.Address))
            return;
        ExpectRefusal(() => _places[entry.Kind].Free(entry), "a second free is refused");
    }

    private void FreeInside(ref ByteReader bytes)
    {
        var index = bytes.NextBelow(Math.Max(1, _live.Count));
        if (_live.Count == 0 || _live[index].ByteCount < 2 || !_places[_live[index].Kind].FreesAddresses)
            return;
        var entry = _live[index];
        entry.Address += 1 + bytes.NextBelow(entry.ByteCount - 1);
        ExpectRefusal(() => _places[entry.Kind].Free(entry), "a free inside an allocation is refused");
    }

    private void Damage(ref ByteReader bytes)
    {
        var index = bytes.NextBelow(Math.Max(1, _live.Count));
        var how = bytes.Next();
        if (bytes.Next() >= 40)
            return;
        // A sampled one has an inaccessible page behind it.
        if (_live.Count == 0 || _arena.Guard is not { RedZoneBytes: > 0, SampleEvery: 0 } || !HasZones(_live[index]))
            return;
        var entry = _live[index];
        var distance = how % ZoneBytes;
        var target = (byte*)(how < 128 ? entry.Address + entry.ByteCount + distance : entry.Address - 1 - distance);
        *target ^= 0x55;
        ExpectDamage(_arena.Verify, $"a byte that was written {distance} bytes beside an allocation is found");
        if (how % 2 == 0)
        {
            *target ^= 0x55;
            _arena.Verify();
            return;
        }
        Remove(index);
        ExpectDamage(() => _places[entry.Kind].Free(entry), "a free of what was damaged reports it");
    }

    private void WriteAfterFree(ref ByteReader bytes)
    {
        var index = bytes.NextBelow(Math.Max(1, _live.Count));
        if (bytes.Next() >= 40)
            return;
        var guard = _arena.Guard;
        if (_live.Count == 0 || guard is not { Poison: true, QuarantineBytes: > 0, SampleEvery: 0 })
            return;
        var entry = _live[index];
        // What is larger than the quarantine leaves it at once; poison is kept for whole granules.
        if (!HasZones(entry) || entry.ByteCount is < 16 or > 10_000)
            return;
        Remove(index);
        _places[entry.Kind].Free(entry);
        var target = (byte*)entry.Address + 8 + bytes.NextBelow(entry.ByteCount - 15);
        *target ^= 0x55;
        ExpectDamage(_arena.Verify, "a write after free is found while the allocation waits");
        *target ^= 0x55;
        _arena.Verify();
    }

    private void Trim(byte which)
    {
        if (which % 8 == 0)
            _arena.Trim();
        else
            _places[which % _places.Length].Trim();
    }

    private void Clear(byte which)
    {
        var kind = which % _places.Length;
        if (which > 40 || !_places[kind].Clears)
            return;
        for (var i = _live.Count - 1; i >= 0; i--)
        {
            if (_live[i].Kind == kind)
                Remove(i);
        }
        _places[kind].Clear();
    }

    private void UseFrame(byte which)
    {
        if (which % 4 == 0)
        {
            _frames.NextFrame();
            return;
        }
        var size = which * 7;
        new Span<byte>(_frames.Allocate((nuint)size), size).Fill(which);
    }

    private void ChangeGuard(byte which)
    {
        if (which % 8 != 0)
            return;
        if (_arena.Guard is not null)
        {
            _arena.DetachGuard();
            _guardChanges++;
            return;
        }
        try
        {
            _arena.AttachGuard(Guards[1 + (which / 8 % (Guards.Length - 1))]!);
            _guardChanges++;
        }
        catch (InvalidOperationException)
        {
            // Allocations of the guard before are live.
        }
    }

    private void Count()
    {
        _arena.Verify();
        for (var kind = 0; kind < _places.Length; kind++)
        {
            var expected = _live.Count(entry => entry.Kind == kind);
            Expect(_places[kind].LiveCount == expected, $"{_places[kind]} has {expected} live allocations");
            Expect(_places[kind].CountWalked() == expected, $"a walk over {_places[kind]} shows {expected}");
        }
    }

    private bool HasZones(Entry entry) => entry.Epoch == _guardChanges && _places[entry.Kind].HasZones(_guardChanges);

    private Entry Remove(int index)
    {
        var entry = _live[index];
        _live.RemoveAt(index);
        _liveBytes -= entry.ByteCount;
        Expect(new Span<byte>((void*)entry.Address, entry.ByteCount).IndexOfAnyExcept(entry.Fill) < 0,
            "contents stay what was written");
        _freed.Add(entry);
        if (_freed.Count > 32)
            _freed.RemoveAt(0);
        return entry;
    }

    private static void ExpectRefusal(Action action, string rule)
    {
        try
        {
            action();
        }
        catch (Exception refused) when (refused is InvalidFreeException or StaleHandleException)
        {
            return;
        }
        throw new FuzzException(rule);
    }

    private static void ExpectDamage(Action action, string rule)
    {
        try
        {
            action();
        }
        catch (MemoryCorruptionException)
        {
            return;
        }
        throw new FuzzException(rule);
    }

    private static void Expect(bool holds, string rule)
    {
        if (!holds)
            throw new FuzzException(rule);
    }
}

/// <summary>One allocation of the model.</summary>
internal record struct Entry(int Kind, nint Address, int ByteCount, ulong Handle)
{
    public byte Fill { get; set; }

    /// <summary>The number of changes of the guard before it was made.</summary>
    public int Epoch { get; set; }
}
