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
        private readonly Dictionary<nint, (int Bytes, byte Mark)> _live = [];
        private readonly List<nint> _order = [];
        private readonly OtherThread[] _threads = [.. Enumerable.Range(0, threads).Select(_ => new OtherThread())];
        private long _liveBytes;

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
            _threads[0].Call(() => _order.ForEach(address => heap.Free((void*)address)));
            Expect(heap.LiveCount == 0 && heap.LiveBytes == 0, "something is left");
            Expect(heap.PartCount <= threads, $"{heap.PartCount} parts of {threads} threads");
            for (var i = 0; i < threads; i++)
            {
                _threads[i].Dispose();
                _threads[i] = new OtherThread();
            }
            heap.Trim();
            Expect(heap.CommittedBytes < 2 << 20, $"{heap.CommittedBytes} bytes are kept by an empty heap");
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
                if (_order.Count == 0 || (_random.Next(100) < 52 && _liveBytes < MostBytes))
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
            var bytes = Size();
            var alignment = _random.Next(5) == 0 ? (nuint)1 << _random.Next(15) : 16;
            var zeroed = _random.Next(4) == 0;
            var address = zeroed ? heap.AllocateZeroed((nuint)bytes, alignment)
                : _random.Next(3) == 0 ? heap.Local().Allocate((nuint)bytes, alignment)
                : heap.Allocate((nuint)bytes, alignment);
            Expect((nuint)address % alignment == 0, $"{(nuint)address:x} is not aligned to {alignment}");
            Expect(!zeroed || !Span(address, bytes).ContainsAnyExcept((byte)0), "zeroed memory is not zero");
            Add(address, bytes);
        }

        private void Reallocate()
        {
            var pick = _random.Next(_order.Count);
            var old = _order[pick];
            var (bytes, mark) = _live[old];
            var wanted = _random.Next(2) == 0 ? Size() : (int)Math.Min(largestBytes, bytes * 1.2);
            RemoveAt(pick);
            var address = heap.Reallocate((void*)old, (nuint)wanted);
            Expect(!Span(address, Math.Min(bytes, wanted)).ContainsAnyExcept(mark), "contents did not survive");
            Add(address, wanted);
        }

        private void Free()
        {
            var pick = _random.Next(_order.Count);
            var address = (void*)_order[pick];
            var (bytes, mark) = _live[_order[pick]];
            Expect(!Span(address, bytes).ContainsAnyExcept(mark), "contents changed");
            RemoveAt(pick);
            if (_random.Next(3) == 0)
                heap.Local().Free(address);
            else
                heap.Free(address);
            if (_random.Next(30) != 0)
                return;
            Assert.Throws<InvalidFreeException>(() => heap.Free(address));
            Assert.Throws<InvalidFreeException>(() => heap.UsableBytes(address));
            if (_order.Count > 0)
                Assert.Throws<InvalidFreeException>(() => heap.Free((byte*)_order[0] + 1));
        }

        private void Check()
        {
            Expect(heap.LiveCount == _live.Count, $"{heap.LiveCount} live, {_live.Count} expected");
            Expect(heap.LiveBytes >= (nuint)_liveBytes, "fewer bytes granted than requested");
            nint end = 0;
            var seen = 0;
            foreach (var allocation in heap.Allocations())
            {
                var start = (nint)allocation.Address;
                Expect(start >= end, "the table is out of order, or two allocations overlap");
                Expect(_live.TryGetValue(start, out var entry), "the table shows something that is not live");
                Expect(allocation.ByteCount >= (nuint)entry.Bytes, "less was granted than requested");
                end = start + (nint)allocation.ByteCount;
                seen++;
            }
            Expect(seen == _live.Count, $"the table shows {seen} of {_live.Count}");
        }

        private void Add(void* address, int bytes)
        {
            var mark = (byte)_random.Next(1, 256);
            Expect(_live.TryAdd((nint)address, (bytes, mark)), "a live allocation was given again");
            Expect(heap.UsableBytes(address) >= (nuint)bytes, "less was granted than requested");
            Span(address, bytes).Fill(mark);
            _order.Add((nint)address);
            _liveBytes += bytes;
        }

        private void RemoveAt(int pick)
        {
            _liveBytes -= _live[_order[pick]].Bytes;
            _live.Remove(_order[pick]);
            _order[pick] = _order[^1];
            _order.RemoveAt(_order.Count - 1);
        }

        // Log-uniform from 0 on.
        private int Size() => (int)Math.Pow(2, _random.NextDouble() * Math.Log2(largestBytes)) - 1;

        private static Span<byte> Span(void* address, int bytes) => new(address, bytes);

        private void Expect(bool holds, string what) =>
            Assert.True(holds, $"{what} (seed {seed}, {threads} threads, sizes to {largestBytes})");
    }
}
