using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Observation;

/// <summary>
/// Allocators of every kind in long random runs while trackers of everything and of samples come and go: allocators do
/// the same work whoever watches, and a tracker knows exactly what the model knows.
/// </summary>
public sealed unsafe class ObservedModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whoever_watches_the_work_is_the_same_and_trackers_agree_with_the_model(int seed)
    {
        using var arena = new PageArena("model");
        using var pool = new Pool<Wide>(arena, new PoolOptions { SlabBytes = 8192 });
        using var tight = new Pool<Wide>(arena, new PoolOptions { SlabBytes = 4096, MaximumSlots = 100 });
        using var heap = new Heap(arena);
        using var buddy = new BuddyAllocator(arena, 16 << 20);
        Kind[] kinds =
        [
            new(_ => (nint)pool.Allocate(), slot => pool.Free((Wide*)slot), 48),
            new(_ => tight.TryAllocate(out var slot) ? (nint)slot : 0, slot => tight.Free((Wide*)slot), 48),
            new(bytes => (nint)heap.Allocate((nuint)bytes), address => heap.Free((void*)address), 0),
            new(bytes => (nint)buddy.Allocate((nuint)bytes), region => buddy.Free((void*)region), 0),
        ];
        new Run(arena, kinds, seed).Play();
        Assert.Equal(0, pool.LiveCount + tight.LiveCount + heap.LiveCount + buddy.LiveCount);
    }

    private sealed record Kind(Func<int, nint> Allocate, Action<nint> Free, int Bytes);

    private sealed class Run(PageArena arena, Kind[] kinds, int seed)
    {
        private const int Steps = 120_000;

        private readonly Random _random = new(seed);
        private readonly Dictionary<nint, (Kind Kind, byte Mark)> _live = [];
        private readonly List<nint> _order = [];
        private readonly HashSet<nint> _since = [];
        private LeakTracker? _all;
        private LeakTracker? _sample;
        private int _before;

        public void Play()
        {
            for (var step = 0; step < Steps; step++)
            {
                if (_random.Next(100) < (step / 20_000 % 2 == 0 ? 53 : 47))
                    Allocate();
                else if (_order.Count > 0)
                    Free();
                if (_random.Next(1_500) == 0)
                    ToggleAll();
                if (_random.Next(1_500) == 0)
                    ToggleSample();
                if (_random.Next(300) == 0)
                    Check(step);
            }
            while (_order.Count > 0)
                Free();
            Check(Steps);
            _all?.Dispose();
            _sample?.Dispose();
        }

        private void Allocate()
        {
            var kind = kinds[_random.Next(kinds.Length)];
            var bytes = kind.Bytes != 0 ? kind.Bytes : 1 + _random.Next(1 << _random.Next(13));
            var address = kind.Allocate(bytes);
            if (address == 0)
                return;
            var mark = (byte)_random.Next(256);
            Expect(_live.TryAdd(address, (kind, mark)), "live memory was given again");
            new Span<byte>((void*)address, kind.Bytes != 0 ? kind.Bytes : 1).Fill(mark);
            _order.Add(address);
            if (_all is not null)
                _since.Add(address);
        }

        private void Free()
        {
            var pick = _random.Next(2) == 0 ? _order.Count - 1 : _random.Next(_order.Count);
            var address = _order[pick];
            _order[pick] = _order[^1];
            _order.RemoveAt(_order.Count - 1);
            _live.Remove(address, out var what);
            Expect(*(byte*)address == what.Mark, "contents changed");
            what.Kind.Free(address);
            if (_all is not null && !_since.Remove(address))
                _before--;
            if (_random.Next(30) == 0)
                Assert.Throws<InvalidFreeException>(() => what.Kind.Free(address));
        }

        private void ToggleAll()
        {
            if (_all is not null)
            {
                _all.Dispose();
                _all = null;
                return;
            }
            _all = LeakTracker.Attach(arena);
            _since.Clear();
            _before = _live.Count;
        }

        private void ToggleSample()
        {
            _sample?.Dispose();
            _sample = _sample is null
                ? LeakTracker.Attach(arena, new LeakTrackerOptions { SampleBytes = 3_000 })
                : null;
        }

        private void Check(int step)
        {
            if (_all?.Report() is { } report)
            {
                Expect(report.LiveCount == _since.Count, $"{report.LiveCount}, {_since.Count} since, step {step}");
                Expect(report.BeforeAttach.Sum(row => row.Count) == _before, $"{_before} from before, step {step}");
            }
            foreach (var allocator in arena.Allocators())
                allocator.Walk(new LiveOnly(_live));
        }

        private void Expect(bool holds, string what) => Assert.True(holds, $"{what} (seed {seed})");
    }

    private sealed class LiveOnly(Dictionary<nint, (Kind Kind, byte Mark)> live) : IMemoryVisitor
    {
        void IMemoryVisitor.Block(in BlockPicture block)
        {
        }

        void IMemoryVisitor.Live(nuint address, nuint byteCount) =>
            Assert.True(live.ContainsKey((nint)address), "shown as live, and is not");
    }

    private struct Wide
    {
        public fixed byte Bytes[48];
    }
}
