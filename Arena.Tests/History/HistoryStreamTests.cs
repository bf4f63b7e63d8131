using Arena.Collections;
using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>
/// A frame goes to a stream and comes back, whole or not at all. The second arena takes the handles of the first, so no
/// other test may make allocators in between.
/// </summary>
[CollectionDefinition(nameof(HistoryStreamTests), DisableParallelization = true)]
[Collection(nameof(HistoryStreamTests))]
public sealed unsafe class HistoryStreamTests
{
    private static readonly int Mutants = int.TryParse(
        Environment.GetEnvironmentVariable("ARENA_HISTORY_MUTANTS"), out var number) ? number : 400;

    [Fact]
    public void A_frame_comes_back_from_a_stream_at_the_same_address()
    {
        var saved = new MemoryStream();
        nuint place;
        List<ulong> next;
        Parts.State state;
        List<ulong> read;
        using (var arena = Make("written", 0))
        {
            place = arena.BaseAddress;
            using var parts = new Parts(arena, WorkerUse.Begun) { MakesLevels = false };
            parts.Play(3000, seed: 1);
            using var history = ArenaHistory.Attach(arena, 4);
            history.Save(7);
            parts.Play(10, seed: 4);
            history.Save(8);
            history.WriteTo(7, saved);
            history.Restore(7);
            parts.GoTo(parts.Saved);
            read = parts.Read();
            next = parts.Play(500, seed: 2);
            state = parts.Saved;
            history.WriteTo(7, saved);
            arena.IgnoreLeaks = true;
        }
        using var other = Make("written", place);
        Assert.Equal(place, other.BaseAddress);
        using var otherParts = new Parts(other, WorkerUse.Begun) { MakesLevels = false };
        otherParts.Play(100, seed: 5);
        using var second = ArenaHistory.Attach(other, 2);
        second.Save(0);
        saved.Position = 0;
        for (var again = 0; again < 2; again++)
        {
            Assert.Equal(7, second.ReadFrom(saved));
            Assert.True(second.Contains(7) && second.Count == 1);
            otherParts.GoTo(state);
            Assert.Equal(read, otherParts.Read());
            Assert.Equal(next, otherParts.Play(500, seed: 2));
        }
        second.Save(8);
        second.Restore(7);
        otherParts.GoTo(state);
        Assert.Equal(next, otherParts.Play(500, seed: 2));
        Assert.Equal(saved.Length, saved.Position);
        other.IgnoreLeaks = true;
    }

    [Fact]
    public void Containers_come_back_with_their_memory()
    {
        var saved = new MemoryStream();
        nuint place;
        void* list;
        using (var arena = Make("lists", 0))
        {
            place = arena.BaseAddress;
            var heap = new Heap(arena);
            list = Fill(heap);
            using var history = ArenaHistory.Attach(arena, 1);
            history.Save(0);
            history.WriteTo(0, saved);
        }
        saved.Position = 0;
        using var other = Make("lists", place);
        var its = new Heap(other);
        using var second = ArenaHistory.Attach(other, 1);
        second.ReadFrom(saved);
        ref var back = ref *(NativeList<int>*)list;
        Assert.Equal(Enumerable.Range(0, 1000), back.AsSpan().ToArray());
        for (var i = 0; i < 5000; i++)
            back.Add(i);
        back.Dispose();
        its.Free(list);
        Assert.Equal(0, its.LiveCount);

        static void* Fill(Heap heap)
        {
            var made = (NativeList<int>*)heap.Allocate((nuint)sizeof(NativeList<int>));
            *made = new NativeList<int>(heap);
            for (var i = 0; i < 1000; i++)
                made->Add(i);
            return made;
        }
    }

    [Fact]
    public void A_frame_of_another_arena_is_refused_by_name_and_changes_nothing()
    {
        var saved = new MemoryStream();
        nuint place;
        using (var arena = Make("a", 0))
        {
            place = arena.BaseAddress;
            _ = new Heap(arena, "units");
            _ = new Pool<long>(arena, new PoolOptions { Name = "numbers" });
            using var history = ArenaHistory.Attach(arena, 1);
            history.Save(0);
            history.WriteTo(0, saved);
        }
        using (Make("in the way", place))
            Refused(Make("b", 0), "BaseAddress", _ => { });
        Refused(Make("b", place), "heap 'units'", _ => { });
        Refused(Make("b", place), "heap 'units'", arena => _ = new Heap(arena, "others"));
        Refused(
            Make("b", place), "System.Int32", arena =>
            {
                _ = new Heap(arena, "units");
                _ = new Pool<int>(arena, new PoolOptions { Name = "numbers" });
            });
        Refused(
            Make("b", place), "'more'", arena =>
            {
                _ = new Heap(arena, "units");
                _ = new Pool<long>(arena, new PoolOptions { Name = "numbers" });
                _ = new Heap(arena, "more");
            });

        void Refused(PageArena arena, string why, Action<PageArena> fill)
        {
            using (arena)
            {
                arena.IgnoreLeaks = true;
                fill(arena);
                var block = arena.Allocate(4096);
                block.AsSpan().Fill(5);
                using var history = ArenaHistory.Attach(arena, 2);
                history.Save(3);
                saved.Position = 0;
                var failure = Assert.Throws<InvalidOperationException>(() => history.ReadFrom(saved));
                Assert.Contains(why, failure.Message, StringComparison.Ordinal);
                Assert.Contains("'b'", failure.Message, StringComparison.Ordinal);
                Assert.False(block.AsSpan().ContainsAnyExcept((byte)5));
                history.Restore(3);
            }
        }
    }

    [Fact]
    public void An_address_that_is_taken_is_refused()
    {
        using var arena = Make("first", 0);
        var failure = Assert.Throws<ArenaOutOfMemoryException>(() => Make("second", arena.BaseAddress));
        Assert.Contains("'second'", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"0x{arena.BaseAddress:x}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("BaseAddress", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Make("third", arena.BaseAddress + 4096));
    }

    /// <summary>Damage at random. ARENA_HISTORY_MUTANTS says how many.</summary>
    [Fact]
    public void A_damaged_stream_is_refused_whole_and_takes_no_memory()
    {
        using var arena = Make("fuzzed", 0);
        arena.IgnoreLeaks = true;
        using var parts = new Parts(arena, WorkerUse.Begun) { MakesLevels = false };
        parts.Play(300, seed: 1);
        using var history = ArenaHistory.Attach(arena, 2);
        history.Save(0);
        var stream = new MemoryStream();
        history.WriteTo(0, stream);
        var whole = stream.ToArray();
        parts.Play(40, seed: 2);
        history.Save(1);
        var before = parts.Read();
        var held = history.HeldBytes;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var i = 0; i < Mutants; i++)
        {
            var mutant = Mutate(whole, random, i);
            var managed = GC.GetAllocatedBytesForCurrentThread();
            var failure = Record.Exception(() => history.ReadFrom(new MemoryStream(mutant)));
            managed = GC.GetAllocatedBytesForCurrentThread() - managed;
            Assert.True(
                failure is InvalidDataException or InvalidOperationException, $"seed {seed}, mutant {i}: {failure}");
            Assert.True(managed < 1 << 20, $"seed {seed}, mutant {i}: {managed} managed bytes");
            Assert.True(history.HeldBytes < held + (nuint)(4 * whole.Length), $"seed {seed}, mutant {i}");
        }
        Assert.Equal(before, parts.Read());
        history.Restore(0);
        Assert.Equal(0, history.ReadFrom(new MemoryStream(whole)));
    }

    private static byte[] Mutate(byte[] whole, Random random, int number)
    {
        var mutant = (byte[])whole.Clone();
        // Half of them in front, where the numbers are.
        var range = number % 2 == 0 ? Math.Min(2000, mutant.Length) : mutant.Length;
        switch (random.Next(4))
        {
            case 0:
                return mutant[..random.Next(mutant.Length)];
            case 1:
                mutant[random.Next(range)] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                BitConverter.TryWriteBytes(mutant.AsSpan(random.Next(range - 8) & ~7), random.NextInt64());
                break;
            default:
                BitConverter.TryWriteBytes(mutant.AsSpan(random.Next(range - 8) & ~7), ulong.MaxValue);
                break;
        }
        return mutant.AsSpan().SequenceEqual(whole) ? mutant[1..] : mutant;
    }

    private static PageArena Make(string name, nuint place) => new(
        new PageArenaOptions { Name = name, ReserveBytes = 1u << 28, BaseAddress = place });
}
