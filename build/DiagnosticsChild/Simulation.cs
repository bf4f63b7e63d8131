using System.Globalization;
using System.Runtime.CompilerServices;
using Arena;
using Arena.Collections;
using Arena.Pools;

namespace DiagnosticsChild;

/// <summary>
/// A small simulation that two processes play with the same inputs, at the same address or at others. In one of them a
/// byte can be changed on purpose, by whatever goes wrong in games.
/// </summary>
internal sealed unsafe class Simulation : IDisposable
{
    private const int Seed = 7;

    private readonly PageArena _arena;
    private readonly HandleMap<Unit> _units;
    private readonly Pool<Bolt> _bolts;
    private readonly Heap _heap;
    private readonly ArenaHistory _history;
    private readonly List<Handle<Unit>> _alive = [];
    private readonly Random _random = new(Seed);
    private readonly RelocatableHeap _texts;
    private NativeList<RelocatableHandle> _said;
    private NativeDictionary<int, long> _scores;
    private NativeList<nint> _flying;

    private Simulation(nuint place)
    {
        _arena = new PageArena(new PageArenaOptions
        {
            Name = "simulation", ReserveBytes = 1 << 26, BaseAddress = place,
        });
        _arena.IgnoreLeaks = true;
        _units = new HandleMap<Unit>(_arena, new PoolOptions { Name = "units" });
        _bolts = new Pool<Bolt>(_arena, new PoolOptions { Name = "bolts" });
        _heap = new Heap(_arena, "names");
        _texts = new RelocatableHeap(_arena, "texts");
        _said = new NativeList<RelocatableHandle>(_heap);
        _scores = new NativeDictionary<int, long>(_heap);
        _flying = new NativeList<nint>(_heap);
        _history = ArenaHistory.Attach(_arena, 8);
    }

    /// <summary>
    /// Plays, writes the checksum of each frame into a file, and prints what is asked of it.
    /// </summary>
    /// <param name="place">The arena's first address; 0 for any.</param>
    /// <param name="frames">Frames to play.</param>
    /// <param name="wrongFrame">The frame after which a byte is changed; -1 for none.</param>
    /// <param name="checksums">The file of checksums.</param>
    /// <param name="askedFrame">The frame to write or to compare; -1 for none.</param>
    /// <param name="stream">The file to write it to or, if it is there, to compare it with.</param>
    public static void Play(
        string place, string frames, string wrongFrame, string checksums, string askedFrame, string stream)
    {
        using var simulation = new Simulation(nuint.Parse(place, CultureInfo.InvariantCulture));
        using var file = new BinaryWriter(File.Create(checksums));
        var asked = Number(askedFrame);
        for (var frame = 0; frame < Number(frames); frame++)
        {
            simulation.Step();
            if (frame == Number(wrongFrame))
                simulation.GoWrong();
            simulation._history.Save(frame);
            file.Write(simulation._history.Checksum(frame));
            if (frame == asked)
                simulation.Answer(frame, stream);
            // A rollback now and then changes nothing.
            if (frame % 100 == 99 && frame != asked)
                simulation._history.Restore(frame);
        }
    }

    public void Dispose()
    {
        _history.Dispose();
        _arena.Dispose();
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private void Answer(int frame, string stream)
    {
        if (!File.Exists(stream))
        {
            using var written = File.Create(stream);
            _history.WriteTo(frame, written);
            return;
        }
        using var other = File.OpenRead(stream);
        foreach (var difference in _history.Difference(frame, other))
        {
            Console.WriteLine(FormattableString.Invariant(
                $"{difference.Allocator} {difference.Address} {difference.Offset} {difference.ByteCount}"));
        }
    }

    // A byte of one bolt, in the middle of the pool.
    private void GoWrong()
    {
        var bolt = (Bolt*)_flying[_flying.Count / 2];
        ((byte*)&bolt->Damage)[1] ^= 0x10;
        Console.WriteLine(FormattableString.Invariant(
            $"bolts {(nuint)bolt} {(int)((byte*)&bolt->Damage - (byte*)bolt) + 1} 1"));
    }

    // Handles lie in the memory that is compared.
    private void Say()
    {
        var text = _texts.Allocate((nuint)_random.Next(300));
        _texts.Span(text).Fill((byte)_random.Next());
        _said.Add(text);
        while (_said.Count > _random.Next(50, 2000))
        {
            var index = _random.Next(_said.Count);
            _texts.Free(_said[index]);
            _said.RemoveAtSwapBack(index);
        }
        if (_random.Next(10) == 0)
            _texts.Compact(16 << 10);
    }

    private void Step()
    {
        Say();
        if (_alive.Count < 200)
            _alive.Add(_units.Allocate(new Unit { Position = _random.Next(1000), Name = (nint)Named() }));
        foreach (var handle in _alive)
        {
            ref var unit = ref _units[handle];
            unit.Position += unit.Speed;
            unit.Speed += _random.Next(-2, 3);
            _scores.GetOrAdd((int)unit.Position % 100, out _) += unit.Speed;
        }
        if (_random.Next(3) == 0)
        {
            var index = _random.Next(_alive.Count);
            _heap.Free((void*)_units[_alive[index]].Name);
            _units.Free(_alive[index]);
            _alive.RemoveAt(index);
        }
        for (var i = 0; i < 4; i++)
        {
            var bolt = _bolts.Allocate();
            *bolt = new Bolt { Position = _random.Next(), Damage = _random.Next(100) };
            _flying.Add((nint)bolt);
        }
        while (_flying.Count > 500)
        {
            var index = _random.Next(_flying.Count);
            _bolts.Free((Bolt*)_flying[index]);
            _flying.RemoveAtSwapBack(index);
        }
    }

    private void* Named()
    {
        var byteCount = _random.Next(1, 100);
        var name = _heap.Allocate((nuint)byteCount);
        Unsafe.InitBlockUnaligned(name, (byte)_random.Next(256), (uint)_heap.UsableBytes(name));
        return name;
    }

    private struct Unit
    {
        public long Position;
        public long Speed;
        public nint Name;
    }

    private struct Bolt
    {
        public long Position;
        public long Damage;
    }
}
