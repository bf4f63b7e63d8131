using System.Collections.Concurrent;
using System.Diagnostics;
using Arena.Pools;
using Xunit.Abstractions;

namespace Arena.Tests.Heaps;

/// <summary>
/// Threads that allocate, hand over to each other and free, each for a while only; every byte is verified. The
/// environment variable ARENA_STRESS=N makes the runs N times as long.
/// </summary>
public sealed unsafe class SharedHeapStressTests(ITestOutputHelper output)
{
    private const int Repetitions = 10;

    private static readonly int Factor =
        int.TryParse(Environment.GetEnvironmentVariable("ARENA_STRESS"), out var factor) ? Math.Max(1, factor) : 1;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(32)]
    public void Threads_that_hand_over_and_come_and_go_lose_nothing(int threads)
    {
        using var arena = new PageArena("stress");
        using var heap = new SharedHeap(arena);
        var committed = new List<nuint>();
        var operations = 0L;
        var lived = 0;
        var time = Stopwatch.StartNew();
        for (var round = 0; round < Repetitions; round++)
        {
            var crew = new Crew(heap, threads, seed: 100 * threads + round, 500_000L * Factor);
            crew.Work();
            operations += crew.Operations;
            lived += crew.ThreadsLived;
            Assert.Equal((0, (nuint)0), (heap.LiveCount, heap.LiveBytes));
            Assert.True(heap.PartCount <= threads, $"{heap.PartCount} parts of {threads} threads");
            committed.Add(heap.CommittedBytes);
        }
        output.WriteLine(
            $"{threads} threads at a time, {lived} over the run: {operations} operations in {time.Elapsed}, committed "
            + string.Join(' ', committed.Select(bytes => $"{bytes >> 10}")) + " KiB");
        // The memory of a heap depends on how far threads drift apart; it must not depend on how long they go on.
        var early = committed[..(Repetitions / 2)].Max();
        Assert.True(committed[(Repetitions / 2)..].Max() <= 2 * early, "memory grows with the number of repetitions");
        heap.Trim();
        Assert.True(heap.CommittedBytes < early || early < 2 << 20);
    }

    /// <summary>Some threads at a time, each for some thousand operations.</summary>
    private sealed class Crew(SharedHeap heap, int threads, int seed, long wanted)
    {
        private const int MostWaiting = 2000;

        private readonly ConcurrentQueue<Piece>[] _inboxes =
            [.. Enumerable.Range(0, threads).Select(_ => new ConcurrentQueue<Piece>())];

        private readonly int[] _waiting = new int[threads];
        private readonly ConcurrentQueue<Exception> _failures = new();
        private long _operations;
        private int _threadsLived;

        public long Operations => _operations;

        public int ThreadsLived => _threadsLived;

        public void Work()
        {
            // A place of the crew is taken by one thread after the other.
            var places = Enumerable.Range(0, threads).Select(place => new Thread(() => Fill(place))).ToList();
            places.ForEach(place => place.Start());
            places.ForEach(place => place.Join());
            foreach (var inbox in _inboxes)
            {
                while (inbox.TryDequeue(out var piece))
                    Free(piece);
            }
            if (!_failures.IsEmpty)
                throw new AggregateException($"seed {seed}", _failures);
        }

        private void Fill(int place)
        {
            for (var n = 0; Interlocked.Read(ref _operations) < wanted && _failures.IsEmpty; n++)
            {
                var number = n;
                var thread = new Thread(() => Live(place, number));
                Interlocked.Increment(ref _threadsLived);
                thread.Start();
                thread.Join();
            }
        }

        private void Live(int place, int number)
        {
            try
            {
                var random = new Random(seed * 1000 + place * 100 + number);
                var own = new List<Piece>();
                var steps = (long)(wanted / threads / 6.0 * (0.5 + random.NextDouble()));
                for (var step = 0L; step < steps; step++)
                    Step(place, random, own);
                Interlocked.Add(ref _operations, steps);
                // The thread's allocations outlive it.
                foreach (var piece in own)
                    _inboxes[random.Next(threads)].Enqueue(piece);
            }
            catch (Exception failure)
            {
                _failures.Enqueue(failure);
            }
        }

        private void Step(int place, Random random, List<Piece> own)
        {
            var what = random.Next(100);
            if (what < 45)
            {
                own.Add(Allocate(random));
            }
            else if (what < 75 && own.Count > 0)
            {
                var piece = Take(own, random);
                var to = random.Next(threads);
                if (Volatile.Read(ref _waiting[to]) < MostWaiting)
                {
                    Interlocked.Increment(ref _waiting[to]);
                    _inboxes[to].Enqueue(piece);
                }
                else
                    Free(piece);
            }
            else if (what < 80 && own.Count > 0)
                own.Add(Reallocate(Take(own, random), random));
            else if (what < 97 && _inboxes[place].TryDequeue(out var received))
            {
                Interlocked.Decrement(ref _waiting[place]);
                Free(received);
            }
            else if (own.Count > 0)
                Free(Take(own, random));
            if (what == 99 && random.Next(50) == 0)
                heap.TrimStep(16);
            while (own.Count > 500)
                Free(Take(own, random));
        }

        private Piece Allocate(Random random)
        {
            var bytes = SizeOf(random);
            var alignment = random.Next(20) == 0 ? (nuint)1 << random.Next(4, 13) : 16;
            var address = (nint)heap.Allocate((nuint)bytes, alignment);
            Expect((nuint)address % alignment == 0, "an alignment is not kept");
            var piece = new Piece(address, bytes, (byte)random.Next(256));
            piece.Bytes.Fill(piece.Mark);
            return piece;
        }

        private Piece Reallocate(Piece piece, Random random)
        {
            var bytes = SizeOf(random);
            var address = (nint)heap.Reallocate((void*)piece.Address, (nuint)bytes);
            var moved = piece with { Address = address, Count = bytes };
            Expect(!moved.Bytes[..Math.Min(bytes, piece.Count)].ContainsAnyExcept(piece.Mark), "contents changed");
            moved.Bytes.Fill(piece.Mark);
            return moved;
        }

        private void Free(Piece piece)
        {
            Expect(!piece.Bytes.ContainsAnyExcept(piece.Mark), "another thread wrote into live memory");
            heap.Free((void*)piece.Address);
        }

        // Mostly small, some of every size, a few beyond all classes.
        private static int SizeOf(Random random)
        {
            var most = random.Next(200) switch { 0 => 400_000, < 3 => 60_000, < 20 => 4000, _ => 300 };
            return random.Next(most);
        }

        private static Piece Take(List<Piece> own, Random random)
        {
            var pick = random.Next(own.Count);
            var piece = own[pick];
            own[pick] = own[^1];
            own.RemoveAt(own.Count - 1);
            return piece;
        }

        private static void Expect(bool holds, string what)
        {
            if (!holds)
                throw new InvalidOperationException(what);
        }
    }

    private readonly record struct Piece(nint Address, int Count, byte Mark)
    {
        public Span<byte> Bytes => new((void*)Address, Count);
    }
}
