using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Pools;

/// <summary>
/// Long random runs of some threads, one at a time, that end now and then, against a dictionary of what should be live
/// and what it should hold.
/// </summary>
public sealed unsafe class SharedHeapModelTests
{
    [Theory]
    [InlineData(1, 1, 5000)]
    [InlineData(2, 3, 300)]
    [InlineData(3, 3, 40_000)]
    [InlineData(4, 5, 1 << 20)]
    public void A_heap_of_many_threads_agrees_with_a_dictionary(int seed, int threads, int largestBytes)
    {
        using var arena = new PageArena("model");
        using var heap = new SharedHeap(arena);
        using var run = new Run(seed, heap, threads, largestBytes);
        run.Play(arena);
    }

    private sealed class Run(int seed, SharedHeap heap, int threads, int largestBytes) : IDisposable
    {
        private const int Turns = 2500;
        private const long MostBytes = 64 << 20;

        private readonly Random _random = new(seed);
        private readonly OtherThread[] _threads = [.. Enumerable.Range(0, threads).Select(_ => new OtherThread())];
        private LiveModel? _model;

        private LiveModel Live => _model
            ??= new LiveModel(_random, largestBytes, $"seed {seed}, {threads} threads, sizes to {largestBytes}");

        public void Play(PageArena arena)
        {
            LeakTracker? tracker = null;
            for (var turn = 0; turn < Turns; turn++)
            {
                var which = _random.Next(threads);
                _threads[which].Call(Steps);
                if (turn % 100 == 0)
                    Check();
                if (turn % 90 == 89)
                {
                    _threads[which].Dispose();
                    _threads[which] = new OtherThread();
                }
                if (turn % 300 == 299)
                    tracker = Toggle(tracker, arena);
            }
            tracker?.Dispose();
            Check();
            _threads[0].Call(FreeAll);
            Live.Expect(heap.LiveCount == 0 && heap.LiveBytes == 0, "something is left");
            Live.Expect(heap.PartCount <= threads, $"{heap.PartCount} parts of {threads} threads");
            for (var i = 0; i < threads; i++)
            {
                _threads[i].Dispose();
                _threads[i] = new OtherThread();
            }
            heap.Trim();
            Live.Expect(heap.CommittedBytes < 2 << 20, $"{heap.CommittedBytes} bytes are kept by an empty heap");
        }

        private void FreeAll()
        {
            foreach (var address in Live.Addresses)
                heap.Free((void*)address);
        }

        public void Dispose() => Array.ForEach(_threads, thread => thread.Dispose());

        private static LeakTracker? Toggle(LeakTracker? tracker, PageArena arena)
        {
            tracker?.Dispose();
            return tracker is null ? LeakTracker.Attach(arena) : null;
        }

        private void Steps()
        {
            for (var step = _random.Next(40); step > 0; step--)
            {
                if (Live.Count == 0 || (_random.Next(100) < 52 && Live.Bytes < MostBytes))
                    Allocate();
                else if (_random.Next(5) == 0)
                    Reallocate();
                else
                    Free();
            }
            if (_random.Next(30) == 0)
                heap.TrimStep(8);
            if (_random.Next(400) == 0)
                heap.Trim();
        }

        private void Allocate()
        {
            var bytes = Live.Size();
            var alignment = _random.Next(5) == 0 ? (nuint)1 << _random.Next(15) : 16;
            var zeroed = _random.Next(4) == 0;
            var address = zeroed ? heap.AllocateZeroed((nuint)bytes, alignment)
                : _random.Next(3) == 0 ? heap.Local().Allocate((nuint)bytes, alignment)
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
            var wanted = _random.Next(2) == 0 ? Live.Size() : (int)Math.Min(largestBytes, bytes * 1.2);
            Live.RemoveAt(pick);
            var address = heap.Reallocate((void*)old, (nuint)wanted);
            Live.Expect(
                !LiveModel.Span(address, Math.Min(bytes, wanted)).ContainsAnyExcept(flag), "contents did not survive");
            Add(address, wanted);
        }

        private void Free()
        {
            var pick = _random.Next(Live.Count);
            var (place, bytes, flag) = Live[pick];
            var address = (void*)place;
            Live.Expect(!LiveModel.Span(address, bytes).ContainsAnyExcept(flag), "contents changed");
            Live.RemoveAt(pick);
            if (_random.Next(3) == 0)
                heap.Local().Free(address);
            else
                heap.Free(address);
            if (_random.Next(30) != 0)
                return;
            Assert.Throws<InvalidFreeException>(() => heap.Free(address));
            Assert.Throws<InvalidFreeException>(() => heap.UsableBytes(address));
            if (Live.Count > 0)
                Assert.Throws<InvalidFreeException>(() => heap.Free((byte*)Live[0].Address + 1));
        }

        private void Check() => Live.Check(
            heap.LiveCount, heap.LiveBytes, heap.Allocations(), address => heap.UsableBytes((void*)address));

        private void Add(void* address, int bytes) => Live.Add(address, bytes, heap.UsableBytes(address));
    }
}
