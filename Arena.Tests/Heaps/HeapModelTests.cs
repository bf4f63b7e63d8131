using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Pools;

/// <summary>Long random runs against a dictionary of what should be live and what it should hold.</summary>
public sealed unsafe class HeapModelTests
{
    /// <summary>Seed, largest size, operations; ARENA_LONG_RUNS=N adds N seeds of a million, a minute each.</summary>
    public static TheoryData<int, int, int> Runs
    {
        get
        {
            var runs = new TheoryData<int, int, int>
            {
                { 1, 200, 100_000 }, { 2, 5000, 1_000_000 }, { 3, 40_000, 100_000 }, { 4, 300_000, 20_000 },
                { 5, 8 << 20, 20_000 },
            };
            if (int.TryParse(Environment.GetEnvironmentVariable("ARENA_LONG_RUNS"), out var more))
            {
                for (var seed = 100; seed < 100 + more; seed++)
                    runs.Add(seed, 8 << 20, 1_000_000);
            }
            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_heap_agrees_with_a_dictionary(int seed, int largestBytes, int steps)
    {
        using var arena = new PageArena("model");
        using var heap = new Heap(arena);
        new Run(seed, heap, largestBytes, steps).Play(arena, watched: false);
    }

    [Fact]
    public void A_observed_heap_agrees_too_and_so_does_what_was_reported()
    {
        using var arena = new PageArena("model");
        using var heap = new Heap(arena);
        new Run(6, heap, 10_000, steps: 60_000).Play(arena, watched: true);
    }

    private sealed class Run(int seed, Heap heap, int largestBytes, int steps)
    {
        private readonly Random _random = new(seed);
        private readonly HashSet<nint> _sinceAttached = [];
        private LeakTracker? _tracker;
        private LiveModel? _model;

        private LiveModel Live =>
            _model ??= new LiveModel(_random, largestBytes, $"seed {seed}, sizes to {largestBytes}");

        public void Play(PageArena arena, bool watched)
        {
            for (var step = 0; step < steps; step++)
            {
                var grows = _random.Next(100) < (step / (steps / 6) % 3 switch { 0 => 65, 1 => 35, _ => 50 });
                if (Live.Count == 0 || (grows && Live.Bytes < 200 << 20))
                    Allocate();
                else if (_random.Next(4) == 0)
                    Reallocate();
                else
                    Free();
                if (step % (steps / 20) == 0)
                    Check();
                if (step % (steps / 7) == 1)
                    heap.Trim();
                if (watched && step % (steps / 10) == 0)
                    AttachOrDetach(arena);
            }
            _tracker?.Dispose();
            Check();
            foreach (var address in Live.Addresses)
                heap.Free((void*)address);
            Live.Expect(heap.LiveCount == 0 && heap.LiveBytes == 0, "something is left");
            heap.Trim();
            Live.Expect(heap.CommittedBytes < 1 << 20, $"{heap.CommittedBytes} bytes are kept by an empty heap");
        }

        private void AttachOrDetach(PageArena arena)
        {
            if (_tracker is null)
            {
                _tracker = LeakTracker.Attach(arena);
                _sinceAttached.Clear();
                return;
            }
            var report = _tracker.Report();
            Live.Expect(
                report.LiveCount == _sinceAttached.Count, $"told of {report.LiveCount}, not {_sinceAttached.Count}");
            nuint bytes = 0;
            foreach (var address in _sinceAttached)
                bytes += heap.UsableBytes((void*)address);
            Live.Expect(report.LiveBytes == bytes, $"{report.LiveBytes} bytes told, {bytes} expected");
            _tracker.Dispose();
            _tracker = null;
        }

        private void Allocate()
        {
            var bytes = Live.Size();
            var alignment = _random.Next(5) == 0 ? (nuint)1 << _random.Next(17) : 16;
            var zeroed = _random.Next(4) == 0;
            var address = zeroed
                ? heap.AllocateZeroed((nuint)bytes, alignment)
                : heap.Allocate((nuint)bytes, alignment);
            Live.Expect((nuint)address % alignment == 0, $"{(nuint)address:x} is not aligned to {alignment}");
            Live.Expect(
                !zeroed || !LiveModel.Span(address, bytes).ContainsAnyExcept((byte)0), "zeroed memory is not zero");
            Add(address, bytes);
        }

        private void Reallocate()
        {
            var pick = _random.Next(Live.Count);
            var (old, bytes, flag) = Live[pick];
            var near = (int)Math.Min(largestBytes, bytes * (0.4 + _random.NextDouble()));
            var wanted = _random.Next(2) == 0 ? Live.Size() : near;
            RemoveAt(pick);
            var address = heap.Reallocate((void*)old, (nuint)wanted);
            Live.Expect(
                !LiveModel.Span(address, Math.Min(bytes, wanted)).ContainsAnyExcept(flag), "contents did not survive");
            Add(address, wanted);
        }

        private void Free()
        {
            var pick = _random.Next(3) == 0 ? Live.Count - 1 : _random.Next(Live.Count);
            var (place, bytes, flag) = Live[pick];
            var address = (void*)place;
            Live.Expect(!LiveModel.Span(address, bytes).ContainsAnyExcept(flag), "contents changed");
            RemoveAt(pick);
            heap.Free(address);
            if (_random.Next(30) != 0)
                return;
            Assert.Throws<InvalidFreeException>(() => heap.Free(address));
            if (Live.Count > 0)
                Assert.Throws<InvalidFreeException>(() => heap.Free((byte*)Live[0].Address + 1));
        }

        private void Check() => Live.Check(
            heap.LiveCount, heap.LiveBytes, heap.Allocations(), address => heap.UsableBytes((void*)address));

        private void Add(void* address, int bytes)
        {
            Live.Add(address, bytes, heap.UsableBytes(address));
            _sinceAttached.Add((nint)address);
        }

        private void RemoveAt(int pick)
        {
            _sinceAttached.Remove(Live[pick].Address);
            Live.RemoveAt(pick);
        }
    }
}
