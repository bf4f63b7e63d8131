using Arena.Pools;
using Arena.Tests.Os;
using Arena.Tests.Threads;
using Xunit.Abstractions;

namespace Arena.Tests.Heaps;

/// <summary>
/// Random operations of some threads, one at a time, that end now and then, while the operating system fails one call
/// in four to eight at random, on small arenas with and without budgets, against a dictionary with contents.
/// ARENA_FAILURE_SEEDS says how many seeds, if it is set.
/// </summary>
public sealed unsafe class SharedHeapFailureTests(ITestOutputHelper output)
{
    private const int Seeds = 100;

    [LinuxFact]
    public void A_shared_heap_agrees_with_a_dictionary_whatever_the_system_refuses()
    {
        var seeds = int.TryParse(Environment.GetEnvironmentVariable("ARENA_FAILURE_SEEDS"), out var given)
            ? given
            : Seeds;
        var (refused, failed) = (0L, 0L);
        using var threads = new Crew();
        for (var seed = 1; seed <= seeds; seed++)
        {
            var run = new Run(seed, threads);
            run.Play();
            refused += run.RefusedCount;
            failed += run.FailedCalls;
        }
        output.WriteLine($"{seeds} seeds: {refused} requests refused, {failed} calls failed");
        Assert.True(refused > 0 && failed > seeds);
    }

    private sealed class Crew : IDisposable
    {
        private readonly OtherThread[] _threads = [new(), new(), new()];

        public int Count => _threads.Length;

        public OtherThread this[int number] => _threads[number];

        public void Replace(int number)
        {
            _threads[number].Dispose();
            _threads[number] = new OtherThread();
        }

        public void Dispose() => Array.ForEach(_threads, thread => thread.Dispose());
    }

    // The heap ends with its arena, or fails to.
#pragma warning disable CA1001
    private sealed class Run
    {
        private const int Turns = 80;

        private readonly Random _random;
        private readonly Crew _threads;
        private readonly LiveModel _live;
        private readonly int _seed;
        private readonly int _largestBytes;
        private readonly long _reserveBytes;
        private readonly long _budgetBytes;
        private SharedHeap _heap = null!;

        public Run(int seed, Crew threads)
        {
            (_seed, _threads, _random) = (seed, threads, new Random(seed));
            _reserveBytes = 1L << _random.Next(18, 27);
            _budgetBytes = _random.Next(2) == 0 ? 0 : _random.NextInt64(_reserveBytes / 8, _reserveBytes);
            _largestBytes = (int)Math.Min(_reserveBytes / 3, 1 << _random.Next(8, 21));
            _live = new LiveModel(
                _random, _largestBytes,
                $"seed {seed}: {_reserveBytes} bytes, budget {_budgetBytes}, sizes to {_largestBytes}");
        }

        public int RefusedCount { get; private set; }

        public int FailedCalls { get; private set; }

        public void Play()
        {
            using var os = new FailingContext(_seed % 2 == 0 ? FailingContext.TakingAccess : null);
            var options = new PageArenaOptions
            {
                Name = "failing", ReserveBytes = (nuint)_reserveBytes, BudgetBytes = (nuint)_budgetBytes,
            };
            using var arena = new PageArena(options, os.Memory);
            os.FailRandomly(_seed, 4 + _seed % 5);
            if (!TryMake(arena))
                return;
            for (var turn = 0; turn < Turns; turn++)
            {
                var number = _random.Next(_threads.Count);
                _threads[number].Call(() =>
                {
                    os.TakeThread();
                    Steps();
                });
                if (turn % 20 == 19)
                    _threads.Replace(number);
                if (turn % 40 == 39)
                    Check(arena);
            }
            FailedCalls = os.FailedCount;
            if (_random.Next(2) == 0)
                os.Reset();
            Finish(arena);
        }

        private bool TryMake(PageArena arena)
        {
            try
            {
                _heap = new SharedHeap(arena);
                return true;
            }
            catch (ArenaOutOfMemoryException)
            {
                _live.Expect(arena.LentBytes == 0, "a heap that was not made keeps something");
                return false;
            }
        }

        private void Finish(PageArena arena)
        {
            if (_random.Next(3) != 0)
            {
                while (_live.Count > 0)
                    Free();
                _live.Expect(_heap.LiveCount == 0 && _heap.LiveBytes == 0, "something is left");
                _heap.TrimAll();
                _heap.Trim();
                Check(arena);
            }
            _heap.Dispose();
            _live.Expect(arena.LentBytes == 0, $"{arena.LentBytes} bytes are lent after Dispose");
            Assert.Throws<ObjectDisposedException>(() => { _heap.Allocate(1); });
        }

        private void Check(PageArena arena)
        {
            _live.Check(
                _heap.LiveCount, _heap.LiveBytes, _heap.Allocations(), place => _heap.UsableBytes((void*)place));
            // Some of the refused pages may have their storage, which the heap does not use.
            _live.Expect(
                arena.LentBytes >= _heap.CommittedBytes,
                $"{arena.LentBytes} bytes are lent, the heap says {_heap.CommittedBytes}");
            _live.Expect(
                arena.CommittedBytes <= arena.BudgetBytes, $"{arena.CommittedBytes} committed of {arena.BudgetBytes}");
        }

        private void Steps()
        {
            for (var step = _random.Next(12); step > 0; step--)
            {
                switch (_random.Next(100))
                {
                    case < 50 when _live.Bytes < _reserveBytes:
                        Allocate();
                        break;
                    case < 60 when _live.Count > 0:
                        Reallocate();
                        break;
                    case < 96 when _live.Count > 0:
                        Free();
                        break;
                    case 96:
                        _heap.Trim();
                        break;
                    case 97:
                        _heap.TrimAll();
                        break;
                    case 98:
                        _heap.RequestTrim();
                        break;
                    default:
                        _heap.TrimStep(_random.Next(20));
                        break;
                }
            }
        }

        private void Allocate()
        {
            var bytes = _live.Size();
            var alignment = _random.Next(5) == 0 ? (nuint)1 << _random.Next(15) : 16;
            var isZeroed = _random.Next(4) == 0;
            var isServed = isZeroed
                ? _heap.TryAllocateZeroed((nuint)bytes, alignment, out var place)
                : _heap.TryAllocate((nuint)bytes, alignment, out place);
            if (!isServed)
            {
                RefusedCount++;
                return;
            }
            _live.Expect((nuint)place % alignment == 0, $"{(nuint)place:x} is not aligned to {alignment}");
            _live.Expect(
                !isZeroed || !LiveModel.Span(place, bytes).ContainsAnyExcept((byte)0), "zeroed memory is not zero");
            _live.Add(place, bytes, _heap.UsableBytes(place));
        }

        private void Reallocate()
        {
            var pick = _random.Next(_live.Count);
            var (old, bytes, flag) = _live[pick];
            var wanted = _random.Next(2) == 0 ? _live.Size() : (int)Math.Min(_largestBytes, bytes * 1.2);
            if (!_heap.TryReallocate((void*)old, (nuint)wanted, out var place))
            {
                RefusedCount++;
                _live.Expect(wanted > bytes, "a smaller size was refused");
                _live.Expect(!LiveModel.Span((void*)old, bytes).ContainsAnyExcept(flag), "an allocation changed");
                return;
            }
            _live.RemoveAt(pick);
            _live.Expect(
                !LiveModel.Span(place, Math.Min(bytes, wanted)).ContainsAnyExcept(flag), "contents did not survive");
            _live.Add(place, wanted, _heap.UsableBytes(place));
        }

        private void Free()
        {
            var pick = _random.Next(_live.Count);
            var (place, bytes, flag) = _live[pick];
            _live.Expect(!LiveModel.Span((void*)place, bytes).ContainsAnyExcept(flag), "contents changed");
            _live.RemoveAt(pick);
            _heap.Free((void*)place);
            if (_random.Next(20) == 0)
                Assert.Throws<InvalidFreeException>(() => _heap.Free((void*)place));
        }
    }
}
