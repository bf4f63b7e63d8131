using System.Buffers.Binary;
using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>
/// Streams whose sums are right and whose contents are not: the tables of a relocatable heap are refused, or nothing
/// that is done with them later touches other memory.
/// </summary>
[Collection(nameof(HistoryStreamTests))]
public sealed unsafe class HistoryForgeryTests
{
    private const int SumBytes = 2 * sizeof(ulong);
    private const int PageBytes = 4096;

    private static readonly int Mutants = int.TryParse(
        Environment.GetEnvironmentVariable("ARENA_HISTORY_MUTANTS"), out var number) ? number : 1500;

    [Fact]
    public void A_stream_that_is_written_again_with_its_sums_is_taken()
    {
        using var heap = new Forged();
        var (whole, pieces) = heap.Written();
        var again = WithSums((byte[])whole.Clone(), pieces);
        Assert.Equal(whole, again);
        Assert.Null(heap.Read(again));
        again[^20] ^= 1;
        Assert.IsType<InvalidDataException>(heap.Read(again));
    }

    /// <summary>Changes at random. ARENA_HISTORY_MUTANTS says how many.</summary>
    [Fact]
    public void A_forged_relocatable_heap_is_refused_or_does_no_harm()
    {
        using var heap = new Forged();
        var (whole, pieces) = heap.Written();
        var pages = heap.PagesIn(whole, pieces);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var taken = 0;
        for (var i = 0; i < Mutants; i++)
        {
            var mutant = WithSums(Mutate(whole, pages, random), pieces);
            var failure = heap.Read(mutant);
            if (failure is null)
            {
                taken++;
                failure = Record.Exception(() => heap.Use(random));
                Assert.True(failure is null, $"seed {seed}, mutant {i} does harm: {failure}");
            }
            else
            {
                Assert.True(
                    failure is InvalidDataException or InvalidOperationException or ArenaOutOfMemoryException,
                    $"seed {seed}, mutant {i}: {failure}");
                Assert.True(heap.IsUnchanged(), $"seed {seed}, mutant {i}: {failure.Message}");
            }
            Assert.True(heap.Read(whole) is null, $"seed {seed}, mutant {i}");
        }
        Assert.True(taken < Mutants, $"seed {seed}");
    }

    // A number of the fields or of a page of the heap, mostly at its beginning, where tables are.
    private static byte[] Mutate(
        byte[] whole, ((int At, int Length) Fields, List<int> Pages) places, Random random)
    {
        var mutant = (byte[])whole.Clone();
        for (var changes = random.Next(1, 3); changes > 0; changes--)
        {
            var (at, length) = random.Next(3) == 0
                ? places.Fields
                : (places.Pages[random.Next(places.Pages.Count)], PageBytes);
            var range = random.Next(2) == 0 ? Math.Min(length, 700) : length;
            var word = mutant.AsSpan(at + (random.Next(range - sizeof(ulong)) & ~3));
            var value = BinaryPrimitives.ReadUInt64LittleEndian(word);
            value = random.Next(7) switch
            {
                0 => value ^ 1ul << random.Next(64),
                1 => value + 1,
                2 => value - 1,
                3 => value + (16ul << random.Next(20)),
                4 => 0,
                5 => ulong.MaxValue,
                _ => BinaryPrimitives.ReadUInt64LittleEndian(
                    whole.AsSpan(places.Pages[random.Next(places.Pages.Count)] + 8 * random.Next(512))),
            };
            if (random.Next(2) == 0)
                BinaryPrimitives.WriteUInt64LittleEndian(word, value);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(word, (uint)value);
        }
        return mutant;
    }

    // The sum depends on how the bytes were cut when they were written, and they are read in the same pieces.
    private static byte[] WithSums(byte[] stream, List<(int At, int Length)> pieces)
    {
        var sum = new StreamSum();
        foreach (var (at, length) in pieces)
        {
            if (at < stream.Length - SumBytes)
                sum.Add(stream.AsSpan(at, length));
        }
        BinaryPrimitives.WriteUInt64LittleEndian(stream.AsSpan(stream.Length - SumBytes), sum.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(stream.AsSpan(stream.Length - SumBytes / 2), sum.High);
        return stream;
    }

    // A heap in the state of a stream, with memory of others beside it.
    private sealed class Forged : IDisposable
    {
        private const byte Other = 0xA5;

        private readonly PageArena _arena = new(
            new PageArenaOptions { Name = "forged", ReserveBytes = 1u << 24 }) { IgnoreLeaks = true };

        private readonly Block[] _others;
        private readonly RelocatableHeap _heap;
        private readonly RelocatableHandle[] _handles = new RelocatableHandle[900];
        private readonly ArenaHistory _history;

        public Forged()
        {
            _others = [_arena.Allocate(64 << 10), default, default];
            _heap = new RelocatableHeap(_arena);
            var random = new Random(5);
            for (var i = 0; i < _handles.Length; i++)
                _handles[i] = Filled(random.Next(i % 300 == 299 ? 40_000 : 200));
            _others[1] = _arena.Allocate(64 << 10);
            for (var i = 0; i < _handles.Length; i++)
            {
                if (random.Next(3) != 0)
                    _heap.Free(_handles[i]);
            }
            for (var i = 0; i < 4; i++)
                _heap.Compact(3000);
            Filled(30);
            _others[2] = _arena.Allocate(64 << 10);
            foreach (var other in _others)
                other.AsSpan().Fill(Other);
            _history = ArenaHistory.Attach(_arena, 2);
            _history.Save(0);
        }

        /// <summary>The frame, and the pieces in which it is written.</summary>
        public (byte[] Whole, List<(int At, int Length)> Pieces) Written()
        {
            var pieces = new Pieces();
            _history.WriteTo(0, pieces);
            return (pieces.ToArray(), pieces.Writes);
        }

        /// <summary>Finds the heap's fields, and its pages, which have tables and headers.</summary>
        public ((int At, int Length) Fields, List<int> Pages) PagesIn(byte[] whole, List<(int At, int Length)> pieces)
        {
            Assert.Null(Read(whole));
            using var fields = new StateStream();
            fields.BeginSaving();
            _heap.KeepState(fields);
            var (state, stateBytes) = pieces.Find(piece => piece.Length > fields.Saved.Length);
            (int At, int Length) own = (state + stateBytes - fields.Saved.Length, fields.Saved.Length);
            Assert.Equal(fields.Saved, whole.AsSpan(own.At, own.Length));
            List<int> pages = [];
            for (nuint from = 0; _arena.NextBlock(_heap.OwnerToken, from, out var block);)
            {
                from = (nuint)((byte*)block.Address - _arena.Base) + block.ByteCount;
                for (nuint page = 0; page < block.ByteCount; page += PageBytes)
                {
                    if (!_arena.HasStorage((byte*)block.Address + page, PageBytes))
                        continue;
                    var bytes = new byte[PageBytes];
                    new ReadOnlySpan<byte>((byte*)block.Address + page, PageBytes).CopyTo(bytes);
                    pages.AddRange(
                        from piece in pieces
                        where piece.Length == PageBytes && whole.AsSpan(piece.At, PageBytes).SequenceEqual(bytes)
                        select piece.At);
                }
            }
            return (own, pages);
        }

        public Exception? Read(byte[] stream) =>
            Record.Exception(() => _history.ReadFrom(new MemoryStream(stream)));

        public bool IsUnchanged()
        {
            foreach (var handle in _handles.Where(_heap.Contains))
            {
                if (_heap.Span(handle).ContainsAnyExcept((byte)_heap.ByteCount(handle)))
                    return false;
            }
            return OthersAreWhole();
        }

        /// <summary>Does all that can be done with the heap, and looks whether other memory was written.</summary>
        public void Use(Random random)
        {
            List<RelocatableHandle> live = [.. _handles.Where(_heap.Contains)];
            foreach (var handle in live)
                _heap.Span(handle).Fill(1);
            for (var i = 0; i < 300; i++)
            {
                live.Add(_heap.Allocate((nuint)random.Next(i % 100 == 0 ? 40_000 : 300)));
                _heap.Span(live[^1]).Fill(2);
                var index = random.Next(live.Count);
                _heap.Resize(live[index], (nuint)random.Next(400));
                index = random.Next(live.Count);
                _heap.Free(live[index]);
                live.RemoveAt(index);
                if (i % 50 == 0)
                    _heap.Compact(5000);
            }
            _heap.Compact(nuint.MaxValue);
            foreach (var handle in live)
                _heap.Span(handle).Fill(3);
            _history.Save(1);
            foreach (var handle in live)
                _heap.Free(handle);
            _heap.Trim();
            Assert.True(OthersAreWhole(), "other memory was written");
        }

        public void Dispose()
        {
            _history.Dispose();
            _arena.Dispose();
        }

        private bool OthersAreWhole() => Array.TrueForAll(_others, block => !block.AsSpan().ContainsAnyExcept(Other));

        private RelocatableHandle Filled(int byteCount)
        {
            var handle = _heap.Allocate((nuint)byteCount);
            _heap.Span(handle).Fill((byte)byteCount);
            return handle;
        }
    }

    // Notes the pieces in which it is written.
    private sealed class Pieces : MemoryStream
    {
        public List<(int At, int Length)> Writes { get; } = [];

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Writes.Add(((int)Position, buffer.Length));
            base.Write(buffer);
        }
    }
}
