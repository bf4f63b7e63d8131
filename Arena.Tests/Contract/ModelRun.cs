using Arena.Diagnostics;
using Arena.Tests.Threads;

namespace Arena.Tests.Contract;

/// <summary>
/// A long random run of one allocator against a dictionary of what should be live and what it should hold. With
/// several threads they work in turns, and end now and then.
/// </summary>
/// <remarks>A failure names the seed; the same seed, steps and sizes play the same run again.</remarks>
internal sealed unsafe class ModelRun(
    AllocatorUnderTest subject, Lacks lacks, PageArena arena, int seed) : IDisposable
{
    private const int StepsOfTurn = 40;

    private readonly Random _random = new(seed);
    private readonly Dictionary<nint, (int Bytes, byte Mark)> _live = [];
    private readonly List<nint> _order = [];
    private readonly HashSet<nint> _sinceAttached = [];
    private OtherThread[] _threads = [];
    private LeakTracker? _tracker;
    private long _bytes;

    public required int Steps { get; init; }

    /// <summary>The largest request, where sizes can be asked for.</summary>
    public int LargestBytes { get; init; } = Math.Min(subject.LargestBytes, 300_000);

    /// <summary>Bytes that live at a time.</summary>
    public long MostBytes { get; init; } = subject.MostLiveBytes;

    /// <summary>Threads that take turns; 1 is the caller's.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>True if trackers of everything come and go.</summary>
    public bool IsTracked { get; init; }

    public void Play()
    {
        _threads = [.. Enumerable.Range(0, Threads > 1 ? Threads : 0).Select(_ => new OtherThread())];
        var turns = Steps / StepsOfTurn;
        for (var turn = 0; turn < turns; turn++)
        {
            PlayTurn(turn, growing: turn * 6 / turns % 3 switch { 0 => 65, 1 => 35, _ => 50 });
            if (turn % 25 == 0)
                Check();
            if (IsTracked && turn % 20 == 0)
                AttachOrDetach();
        }
        _tracker?.Dispose();
        Check();
        CheckContents();
        if (Has(Lacks.Frees))
            _order.ToList().ForEach(subject.Free);
        else
            subject.Clear();
        _live.Clear();
        _order.Clear();
        Check();
    }

    public void Dispose() => Array.ForEach(_threads, thread => thread.Dispose());

    private bool Has(Lacks capability) => (lacks & capability) == 0;

    private void PlayTurn(int turn, int growing)
    {
        if (_threads.Length == 0)
        {
            PlaySteps(growing);
            return;
        }
        var which = _random.Next(_threads.Length);
        _threads[which].Call(() => PlaySteps(growing));
        if (turn % 30 != 29)
            return;
        _threads[which].Dispose();
        _threads[which] = new OtherThread();
    }

    private void PlaySteps(int growing)
    {
        for (var step = 0; step < StepsOfTurn; step++)
        {
            if (_live.Count == 0 || (_random.Next(100) < growing && _bytes < MostBytes))
                Allocate();
            else if (!Has(Lacks.Frees))
                ClearAll();
            else if (Has(Lacks.Reallocation) && _random.Next(4) == 0)
                Reallocate();
            else
                Free();
        }
        if (_random.Next(30) == 0)
            subject.Trim();
    }

    private void Allocate()
    {
        var bytes = Size();
        var alignment = Has(Lacks.Alignments) && _random.Next(5) == 0 ? 1 << _random.Next(15) : 0;
        nint place;
        if (Has(Lacks.ZeroedMemory) && _random.Next(4) == 0)
        {
            place = subject.AllocateZeroed(bytes, alignment);
            Expect(!subject.Contents(place, bytes).ContainsAnyExcept((byte)0), "zeroed memory is not zero");
        }
        else if (_random.Next(3) == 0)
        {
            Expect(subject.TryAllocate(bytes, alignment, out place), $"{bytes} bytes were refused");
        }
        else
        {
            place = subject.Allocate(bytes, alignment);
        }
        Enter(place, bytes);
        Expect(alignment == 0 || subject.AddressOf(place) % (nuint)alignment == 0, $"not aligned to {alignment}");
    }

    private void Reallocate()
    {
        var index = Pick();
        var place = _order[index];
        var (bytes, mark) = _live[place];
        Expect(place, bytes, mark);
        var near = (int)Math.Min(LargestBytes, bytes * (0.4 + _random.NextDouble()));
        var wanted = _random.Next(2) == 0 ? Size() : near;
        Leave(index);
        var moved = subject.Reallocate(place, wanted);
        Expect(moved, Math.Min(bytes, wanted), mark);
        Enter(moved, wanted);
    }

    private void Free()
    {
        var index = Pick();
        var place = _order[index];
        var (bytes, mark) = _live[place];
        Expect(place, bytes, mark);
        Leave(index);
        subject.Free(place);
        if (!Has(Lacks.ExactFrees) || _random.Next(30) != 0)
            return;
        Expect(subject.Refuses(place), "a double free was not refused");
        Expect(!Has(Lacks.Addresses) || _live.Count == 0 || subject.Refuses(_order[0] + 1), "an interior free passed");
    }

    private void ClearAll()
    {
        CheckContents();
        subject.Clear();
        _live.Clear();
        _order.Clear();
        _sinceAttached.Clear();
        _bytes = 0;
    }

    private void Enter(nint place, int bytes)
    {
        var mark = (byte)_random.Next(1, 256);
        Expect(_live.TryAdd(place, (bytes, mark)), "a live allocation was handed out again");
        subject.Contents(place, bytes).Fill(mark);
        _order.Add(place);
        _sinceAttached.Add(place);
        _bytes += bytes;
    }

    private void Leave(int index)
    {
        var place = _order[index];
        _order[index] = _order[^1];
        _order.RemoveAt(_order.Count - 1);
        _bytes -= _live[place].Bytes;
        _live.Remove(place);
        _sinceAttached.Remove(place);
    }

    private int Pick() => _random.Next(3) == 0 ? _order.Count - 1 : _random.Next(_order.Count);

    // Log-uniform. Frame memory alone gives no address of its own to an allocation of no bytes.
    private int Size() => subject.FixedBytes != 0
        ? subject.FixedBytes
        : Math.Max(Has(Lacks.Frees) ? 0 : 1, (int)Math.Pow(2, _random.NextDouble() * Math.Log2(LargestBytes)) - 1);

    private void AttachOrDetach()
    {
        if (_tracker is null)
        {
            _tracker = LeakTracker.Attach(arena);
            _sinceAttached.Clear();
            return;
        }
        var count = _tracker.Report().LiveCount;
        Expect(count == _sinceAttached.Count, $"the tracker knows {count}, not {_sinceAttached.Count}");
        _tracker.Dispose();
        _tracker = null;
    }

    private void CheckContents()
    {
        foreach (var (place, (bytes, mark)) in _live)
            Expect(place, bytes, mark);
    }

    private void Check()
    {
        if (Has(Lacks.LiveCount))
            Expect(subject.LiveCount == _live.Count, $"{subject.LiveCount} live, {_live.Count} expected");
        if (!Has(Lacks.Walk))
            return;
        var seen = new HashSet<nint>();
        subject.Walk(place => Expect(_live.ContainsKey(place) && seen.Add(place), "the walk shows a dead allocation"));
        Expect(seen.Count == _live.Count, $"the walk shows {seen.Count} of {_live.Count}");
    }

    private void Expect(nint place, int bytes, byte mark) =>
        Expect(!subject.Contents(place, bytes).ContainsAnyExcept(mark), $"{bytes} bytes have lost their contents");

    private void Expect(bool holds, string what) => Assert.True(holds, $"{subject.Name}, seed {seed}: {what}");
}
