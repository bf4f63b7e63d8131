using Arena.Pools;

namespace Arena.Tests.Relocation;

/// <summary>The expected live slots of a pool whose pages share storage, and their expected contents.</summary>
internal sealed unsafe class SharedPoolModel<T>(Pool<T> pool, PageArena arena, int seed)
    where T : unmanaged
{
    private readonly Random _random = new(seed);
    private readonly List<nint> _live = [];
    private readonly Dictionary<nint, int> _places = [];
    private readonly List<nint> _dead = [];
    private int _step;
    private int _most;

    /// <summary>Live slots at most; they come and go in waves.</summary>
    public int Most { get; init; } = 30_000;

    public void Play(int steps)
    {
        for (_step = 0; _step < steps; _step++)
        {
            if (_step % 10_000 == 0)
                ChangeTide();
            Step();
            if (_step % 10_000 == 9_999)
                CheckAll();
        }
        CheckAll();
    }

    public void FreeAll()
    {
        while (_live.Count > 0)
            Free(_live.Count - 1);
        Expect(pool.LiveCount == 0, "something is left");
    }

    // Grows far, or leaves scattered survivors, as a level does that ends.
    private void ChangeTide()
    {
        _most = _random.Next(1, Most);
        if (_random.Next(2) == 0)
            return;
        var keep = _random.Next(30);
        for (var i = _live.Count - 1; i >= 0; i--)
        {
            if (_random.Next(100) >= keep)
                Free(i);
        }
    }

    private void Step()
    {
        switch (_random.Next(1000))
        {
            case < 550 when _live.Count < _most:
                Allocate();
                break;
            case < 980 when _live.Count > 0 && _random.Next(3) == 0:
                Free(_random.Next(_live.Count));
                break;
            case < 985:
                Compact();
                break;
            case 985:
                pool.Trim();
                break;
            case 986:
                arena.Trim();
                break;
            case 987 when _random.Next(30) == 0:
                pool.Clear();
                _live.Clear();
                _places.Clear();
                break;
            case 988 when _dead.Count > 0:
                Misuse();
                break;
            case 989:
                pool.CompactStep(TimeSpan.FromMicroseconds(50));
                break;
            default:
                if (_live.Count > 0)
                    Check(_live[_random.Next(_live.Count)]);
                break;
        }
    }

    private void Compact()
    {
        var before = arena.CommittedBytes;
        var givenBack = pool.Compact(_random.Next(2) == 0 ? int.MaxValue : _random.Next(20));
        Expect(arena.CommittedBytes == before - givenBack, "the bytes of a compaction");
    }

    private void Allocate()
    {
        if (!pool.TryAllocate(out var slot))
            return;
        Expect(_places.TryAdd((nint)slot, _live.Count), $"0x{(nint)slot:x} lives and was given again");
        _live.Add((nint)slot);
        new Span<byte>(slot, sizeof(T)).Fill(Mark((nint)slot));
    }

    private void Free(int index)
    {
        var slot = _live[index];
        Check(slot);
        pool.Free((T*)slot);
        var last = _live[^1];
        _live[index] = last;
        _places[last] = index;
        _live.RemoveAt(_live.Count - 1);
        _places.Remove(slot);
        _dead.Add(slot);
        if (_dead.Count > 1000)
            _dead.RemoveRange(0, 500);
    }

    private void Misuse()
    {
        var slot = _dead[_random.Next(_dead.Count)];
        if (_places.ContainsKey(slot))
            return;
        try
        {
            pool.Free((T*)slot);
        }
        catch (InvalidFreeException)
        {
            return;
        }
        Expect(false, $"a free of 0x{slot:x} was accepted");
    }

    private void CheckAll()
    {
        Expect(pool.LiveCount == _live.Count, $"{pool.LiveCount} live, {_live.Count} expected");
        foreach (var slot in _live)
            Check(slot);
        var walked = 0;
        foreach (ref var value in pool)
            {
            _ = value;
            walked++;
        }
        Expect(walked == _live.Count, $"the walk shows {walked}, {_live.Count} expected");
        Expect(arena.FileBytes <= (long)arena.CommittedBytes, "there is storage that is not counted");
    }

    private void Check(nint slot) => Expect(
        !new Span<byte>((void*)slot, sizeof(T)).ContainsAnyExcept(Mark(slot)), $"0x{slot:x} changed");

    private static byte Mark(nint slot) => (byte)(slot / 8 * 31 >> 3);

    private void Expect(bool holds, string what)
    {
        if (!holds)
            Assert.Fail($"seed {seed}, step {_step}: {what}");
    }
}
