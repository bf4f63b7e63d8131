using System.Numerics;
using System.Runtime.InteropServices;
using Arena.Pools;

namespace Arena.Tests.Threads;

/// <summary>
/// A segment with one slab, and two heaps to own it, in real memory. The shared words are not used; they represent
/// those of the model. The owner's own state is real, and is rebuilt for each turn.
/// </summary>
internal sealed unsafe partial class Scene : IDisposable
{
    private const int SizeClass = 0;
    private const int Entries = 8;
    private const int Slab = 200 * Segment.SlabPageGranules;

    // In the first pending word, again, in the second of the same live word, and in the next live word.
    private static readonly int[] Granules = [Slab, Slab + 1, Slab + 32, Slab + 64];
    private static readonly string[] Names =
    [
        "live 0", "live 1", "pending 0", "pending 1", "pending 2", "page", "flag", "owner", "signals 0", "signals 1",
        "published", "visit 0", "visit 1", "table", "gone", "calls", "lock", "taken", "top", "bottom", "entry 0",
        "entry 1", "entry 2", "entry 3", "entry 4",
    ];

    /// <summary>Places of the model.</summary>
    public const int PlaceCount = 4;

    private readonly Segment* _segment;
    private readonly FastPath*[] _heaps = new FastPath*[2];
    private readonly nuint*[] _magazines = new nuint*[2];
    private readonly ulong*[] _words;
    private readonly ulong* _flags;
    private readonly ulong* _published;
    private readonly ulong* _visits;
    private readonly ulong* _table;
    private readonly ulong* _gone;
    private readonly ulong* _lock;
    private readonly ulong* _taken;
    private readonly int[] _waiting;

    /// <param name="waiting">The places that wait in the magazine of the first heap; all others are live.</param>
    public Scene(params int[] waiting)
    {
        _waiting = waiting;
        _segment = (Segment*)NativeMemory.AlignedAlloc(Segment.LargestBytes, Segment.LargestBytes);
        _flags = (ulong*)NativeMemory.AllocZeroed(8, sizeof(ulong));
        _published = _flags + 1;
        _visits = _flags + 2;
        _table = _flags + 4;
        _gone = _flags + 5;
        _lock = _flags + 6;
        _taken = _flags + 7;
        for (var heap = 0; heap < 2; heap++)
            MakeHeap(heap);
        var headerPages = Segment.HeaderPages(Segment.LargestBytes, isShared: true, PageArena.PageBytes);
        Segment.Format(_segment, Segment.LargestBytes, FastPath.SignalsOf(_heaps[0]), isShared: true, headerPages);
        _segment->PutSlab(Slab, SizeClass);
        _words =
        [
            LiveWord(0), LiveWord(3), PendingWord(0), PendingWord(2), PendingWord(3),
            Segment.PendingPage(_segment, Slab, out _), _flags, (ulong*)&_segment->Owner,
            FastPath.SignalsOf(_heaps[0]), FastPath.SignalsOf(_heaps[1]), _published,
            _visits, _visits + 1, _table, _gone, FastPath.CallsOf(_heaps[0]), _lock, _taken,
            FastPath.TopWord(_heaps[0], SizeClass), Entry(-1), Entry(0), Entry(1), Entry(2), Entry(3), Entry(4),
        ];
    }

    /// <summary>The shared words at the beginning.</summary>
    public ulong[] Initial()
    {
        var words = new ulong[_words.Length];
        for (var place = 0; place < Granules.Length; place++)
        {
            if (IsLive(place))
                words[IndexOf(LiveWord(place))] |= 1UL << Granules[place];
        }
        words[IndexOf((ulong*)&_segment->Owner)] = (ulong)FastPath.SignalsOf(_heaps[0]);
        words[IndexOf(_table)] = 1;
        words[IndexOf(FastPath.TopWord(_heaps[0], SizeClass))] = (ulong)Entry(_waiting.Length);
        for (var i = 0; i < _waiting.Length; i++)
            words[IndexOf(Entry(i))] = AddressOf(_waiting[i]);
        return words;
    }

    public bool IsLive(int place) => !_waiting.Contains(place);

    public int IndexOf(ulong* word)
    {
        for (var i = 0; i < _words.Length; i++)
        {
            if (_words[i] == word)
                return i;
        }
        throw new InvalidOperationException("The code uses a word that the model does not have.");
    }

    public static string NameOf(int word) => Names[word];

    /// <summary>An owner's magazine as it was at the beginning.</summary>
    public void Reset(int heap)
    {
        LiveBeforeEntry.Reset();
        if (heap < 0)
            return;
        var magazine = _magazines[heap];
        new Span<nuint>(magazine, Entries + 1).Clear();
        magazine[Entries + 1] = FastPath.Full;
        var top = magazine + 1;
        foreach (var place in _waiting.Where(_ => heap == 0))
            *top++ = AddressOf(place);
        FastPath.Top(_heaps[heap], SizeClass) = top;
    }

    /// <summary>An operation, in the heap's own code.</summary>
    public int Do<TThreads>(int heap, Operation operation)
        where TThreads : struct, IThreads
    {
        switch (operation.Act)
        {
            case Act.Allocate:
                return PlaceOf(FastPath.TryPop<TThreads>(_heaps[heap], SizeClass, out var place) ? (nuint)place : 0);
            case Act.FreeOwn:
                return FreeOwn<TThreads>(heap, operation.Place);
            case Act.FreeRemotely or Act.FreeNotifyingFromAbove:
                return FreeRemotely<TThreads>(operation);
            case Act.Drain or Act.DrainThenLower:
                return Drain<TThreads>(heap, lowersFirst: operation.Act == Act.Drain);
            case Act.TakeOver:
                RemoteFrees.TakeOver<TThreads>((ulong*)&_segment->Owner, FastPath.SignalsOf(_heaps[heap]));
                return 0;
            case Act.LookThenTakeOver:
                TThreads.Or(FastPath.SignalsOf(_heaps[heap]), FastPath.Pending);
                Drain<TThreads>(heap, lowersFirst: true);
                TThreads.Write((ulong*)&_segment->Owner, (ulong)FastPath.SignalsOf(_heaps[heap]));
                return 0;
            case Act.Visit or Act.FindThenVisit:
                return Visit<TThreads>(operation.Place, saysSoFirst: operation.Act == Act.Visit);
            case Act.GiveBack or Act.AwaitThenHide:
                GiveBack<TThreads>(hidesFirst: operation.Act == Act.GiveBack);
                return 0;
            case Act.AllocateBeside or Act.FreeBeside or Act.FreeUnannounced:
                return Beside<TThreads>(operation);
            case Act.TakeIdle or Act.DoubtThenTakeIdle or Act.TakeIdleWithLast:
                return TakeIdle<TThreads>(operation.Act);
            case >= Act.FreeTogether and <= Act.FreeTogetherNotifyingFromAbove:
                return FreeTogether<TThreads>(operation);
            case Act.KeepBack or Act.FreeKeptBack:
                return FreeLate<TThreads>(operation);
            case Act.Publish:
                TThreads.Write(_published, 1);
                return 0;
            default:
                Turn.Current.Await(_published);
                return 0;
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_segment);
        NativeMemory.Free(_flags);
        for (var heap = 0; heap < 2; heap++)
        {
            NativeMemory.Free(_heaps[heap]->Table);
            NativeMemory.Free(_heaps[heap]);
            NativeMemory.Free(_magazines[heap]);
        }
    }

    // This is how SharedHeap frees a place of another thread.
    private int Visit<TThreads>(int visitor, bool saysSoFirst)
        where TThreads : struct, IThreads
    {
        if (saysSoFirst)
            SegmentVisits.Enter<TThreads>(_visits + visitor);
        var isFound = TThreads.Read(_table) != 0;
        if (!saysSoFirst)
            SegmentVisits.Enter<TThreads>(_visits + visitor);
        if (isFound && TThreads.Read(_gone) != 0)
            throw new UnexplainedException("A thread touches a segment that was given back.");
        SegmentVisits.Leave<TThreads>(_visits + visitor);
        return isFound ? 1 : 0;
    }

    // This is how SharedHeapBlocks and SegmentVisits do it.
    private void GiveBack<TThreads>(bool hidesFirst)
        where TThreads : struct, IThreads
    {
        if (hidesFirst)
            TThreads.Write(_table, 0);
        TThreads.FenceAll();
        Turn.Current.AwaitZero(_visits);
        Turn.Current.AwaitZero(_visits + 1);
        if (!hidesFirst)
            TThreads.Write(_table, 0);
        TThreads.Or(_gone, 1);
    }

    private void MakeHeap(int number)
    {
        var heap = (FastPath*)NativeMemory.AllocZeroed((nuint)sizeof(FastPath));
        heap->SegmentMask = unchecked(0 - (nuint)Segment.LargestBytes) | Segment.GranuleBytes - 1;
        heap->SegmentShift = BitOperations.Log2(Segment.LargestBytes);
        heap->Table = (nuint*)NativeMemory.Alloc((nuint)sizeof(nuint));
        *heap->Table = (nuint)_segment;
        _heaps[number] = heap;
        _magazines[number] = (nuint*)NativeMemory.Alloc(Entries + 2, (nuint)sizeof(nuint));
    }

    // The fast path, and where that refuses what SharedHeap's slow path does.
    private int FreeOwn<TThreads>(int heap, int place)
        where TThreads : struct, IThreads
    {
        if (FastPath.TryFree<TThreads>(_heaps[heap], (void*)AddressOf(place)))
            return 1;
        var word = LiveWord(place);
        var isLive = (TThreads.Read(word) >> Granules[place] & 1) != 0;
        if (!isLive || RemoteFrees.IsPending<TThreads>(PendingWord(place), Granules[place]))
            return 0;
        TThreads.Write(word, TThreads.Read(word) & ~(1UL << Granules[place]));
        Push<TThreads>(heap, place, FastPath.FreedHere);
        return 1;
    }

    private int FreeRemotely<TThreads>(Operation operation)
        where TThreads : struct, IThreads
    {
        var granule = Granules[operation.Place];
        var done = RemoteFrees.Free<TThreads>(LiveWord(operation.Place), PendingWord(operation.Place), granule);
        if (done != RemoteFreeResult.Done)
            return (int)done;
        var page = Segment.PendingPage(_segment, granule, out var bit);
        var owner = (ulong*)&_segment->Owner;
        if (operation.Act == Act.FreeRemotely)
        {
            RemoteFrees.Notify<TThreads>(page, bit, _flags, 1, owner);
            return (int)done;
        }
        NotifyFromAbove<TThreads>();
        return (int)done;
    }

    private void NotifyFromAbove<TThreads>()
        where TThreads : struct, IThreads
    {
        RemoteFrees.Raise<TThreads>((ulong*)TThreads.Read((ulong*)&_segment->Owner), FastPath.Pending);
        RemoteFrees.Raise<TThreads>(_flags, 1);
        RemoteFrees.Raise<TThreads>(Segment.PendingPage(_segment, Slab, out var bit), bit);
    }

    // This is how ThreadHeap does it.
    private int Drain<TThreads>(int heap, bool lowersFirst)
        where TThreads : struct, IThreads
    {
        var signals = FastPath.SignalsOf(_heaps[heap]);
        if (!lowersFirst)
        {
            var taken = TakeAll<TThreads>(heap);
            RemoteFrees.Lower<TThreads>(signals, FastPath.Pending);
            return taken;
        }
        if (!RemoteFrees.Lower<TThreads>(signals, FastPath.Pending) || !RemoteFrees.Lower<TThreads>(_flags, 1)
            || RemoteFrees.LowerAll<TThreads>(Segment.PendingPage(_segment, Slab, out _)) == 0)
            return 0;
        return TakeAll<TThreads>(heap);
    }

    private int TakeAll<TThreads>(int heap)
        where TThreads : struct, IThreads
    {
        var result = 0;
        for (var first = Slab; first <= Slab + 64; first += 32)
        {
            var live = Segment.LiveWord(_segment, Offset(first));
            var pending = Segment.PendingWord(_segment, Offset(first));
            var taken = RemoteFrees.TakeWord<TThreads>(live, pending, first & 32, out var twice);
            for (var place = 0; place < Granules.Length; place++)
            {
                if ((Granules[place] ^ first) >= 64)
                    continue;
                var bit = 1UL << Granules[place];
                result |= (taken & bit) != 0 ? 1 << place : 0;
                result |= (twice & bit) != 0 ? 1 << place + 8 : 0;
                if ((taken & bit) != 0)
                    Push<TThreads>(heap, place);
            }
        }
        return result;
    }

    private void Push<TThreads>(int heap, int place, nuint flag = 0)
        where TThreads : struct, IThreads
    {
        var top = FastPath.TopWord(_heaps[heap], SizeClass);
        var entry = (ulong*)TThreads.ReadOwn(top);
        TThreads.WriteOwn(entry, AddressOf(place) | flag);
        TThreads.WriteOwn(top, (ulong)(entry + 1));
    }

    private int PlaceOf(nuint address) =>
        address == 0 ? -1 : Array.IndexOf(Granules, _segment->GranuleOf((void*)address));

    private nuint AddressOf(int place) => (nuint)_segment->AddressOf(Granules[place]);

    private ulong* LiveWord(int place) => Segment.LiveWord(_segment, Offset(Granules[place]));

    private ulong* PendingWord(int place) => Segment.PendingWord(_segment, Offset(Granules[place]));

    private static nuint Offset(int granule) => (nuint)granule << Segment.GranuleShift;
}
