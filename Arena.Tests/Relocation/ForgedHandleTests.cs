using System.Globalization;
using Arena.Pools;

namespace Arena.Tests.Relocation;

/// <summary>
/// Handles that differ in one bit from live ones, former handles, and handles of other heaps, while groups of the table
/// have all entries, few, or none. ARENA_FORGED_SEED=N plays the seed N.
/// </summary>
public sealed class ForgedHandleTests
{
    private const int BitCount = 64;

    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    public void A_forged_handle_resolves_only_if_it_is_a_live_one(int count)
    {
        var seed = Environment.GetEnvironmentVariable("ARENA_FORGED_SEED") is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        using var arena = new PageArena("arena");
        using var second = new PageArena("second");
        using var heap = new RelocatableHeap(arena, "level");
        RelocatableHeap[] others = [new(arena, "sibling"), new(second, "stranger")];
        var random = new Random(seed);
        HashSet<RelocatableHandle> live = [];
        List<RelocatableHandle> dead = [];
        for (var round = 0; round < 6; round++)
        {
            while (live.Count < count)
            {
                Assert.True(live.Add(heap.Allocate((nuint)random.Next(100))));
                Array.ForEach(others, other => dead.Add(other.Allocate(8)));
            }
            Attack(heap, live, dead, random, seed);
            // Groups without a survivor lose all entries, others some; or most keep all.
            var keep = round % 3 == 0 ? 1 : round % 3 == 1 ? 10 : 90;
            foreach (var handle in live.ToArray())
            {
                if (random.Next(100) < keep)
                    continue;
                heap.Free(handle);
                live.Remove(handle);
                dead.Add(handle);
            }
            Attack(heap, live, dead, random, seed);
            heap.Compact(nuint.MaxValue);
            Attack(heap, live, dead, random, seed);
        }
        Array.ForEach(others, other => other.IgnoreLeaks = true);
        Array.ForEach(others, other => other.Dispose());
        heap.IgnoreLeaks = true;
    }

    private static void Attack(
        RelocatableHeap heap, HashSet<RelocatableHandle> live, List<RelocatableHandle> dead, Random random, int seed)
    {
        foreach (var handle in live)
            Assert.True(heap.Contains(handle), $"seed {seed}: {handle} lives and does not resolve");
        foreach (var handle in live.OrderBy(_ => random.Next()).Take(50))
        {
            for (var bit = 0; bit < BitCount; bit++)
                Try(new RelocatableHandle(handle.Bits ^ (1UL << bit)));
            Try(new RelocatableHandle(handle.Bits + (1UL << RelocatableHandle.GenerationShift)));
            Try(new RelocatableHandle(handle.Bits + 1));
            Try(new RelocatableHandle(handle.Bits & ((1UL << RelocatableHandle.GenerationShift) - 1)));
            Try(new RelocatableHandle(handle.Bits | (~0UL << RelocatableHandle.GenerationShift)));
        }
        foreach (var handle in dead.OrderBy(_ => random.Next()).Take(500))
        {
            Try(handle);
            // The generation that its index may have next, and the one at which all end.
            Try(new RelocatableHandle(handle.Bits + (1UL << RelocatableHandle.GenerationShift)));
            Try(new RelocatableHandle(handle.Bits | (~0UL << RelocatableHandle.GenerationShift)));
        }

        void Try(RelocatableHandle forged)
        {
            if (live.Contains(forged))
                return;
            Assert.False(heap.Contains(forged), $"seed {seed}: {forged} was never given out, or freed, and resolves");
            Assert.Throws<InvalidOperationException>(() => _ = heap.Span(forged).Length);
        }
    }
}
