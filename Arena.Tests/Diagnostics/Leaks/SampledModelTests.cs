using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Leaks;

/// <summary>
/// Random work under a sampling tracker. With a sampling point every two bytes everything of 48 bytes or more is in the
/// sample, so that what it says can be compared with a model one by one.
/// </summary>
public sealed unsafe class SampledModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_tracker_of_a_sample_knows_what_the_model_knows(int seed)
    {
        using var arena = new PageArena("sampled");
        using var wide = new Pool<Wide>(arena);
        using var slabs = new Pool<Wide>(arena, new PoolOptions { SlabBytes = 4096 });
        using var handles = new HandleMap<Wide>(arena);
        using var heap = new Heap(arena);
        using var tracker = LeakTracker.Attach(arena, new LeakTrackerOptions { SampleBytes = 2 });
        Part[] parts =
        [
            new PoolPart("wide", wide), new PoolPart("slabs", slabs), new HandlePart("handles", handles),
            new HeapPart("heap", heap),
        ];
        var random = new Random(seed);
        for (var step = 0; step < 60_000; step++)
        {
            var part = parts[random.Next(parts.Length)];
            part.Step(random, grows: step / 6_000 % 2 == 0);
            if (random.Next(5_000) == 0)
                part.Empty();
            if (random.Next(500) == 0)
                part.Trim();
            if (random.Next(300) == 0)
                Compare(tracker.Report(), parts, $"seed {seed}, step {step}");
        }
    }

    private static void Compare(LeakReport report, Part[] parts, string where)
    {
        foreach (var part in parts)
        {
            var known = report.Sites.Where(site => site.Member == part.Name).Sum(site => site.Count);
            Assert.True(known == part.Count, $"{part.Name}: {known} for {part.Count}, {where}");
        }
    }

    // An allocator with a list of its live allocations.
    private abstract class Part(string name)
    {
        private readonly List<long> _live = [];

        public string Name => name;

        public int Count => _live.Count;

        public abstract void Trim();

        public void Step(Random random, bool grows)
        {
            if (random.Next(100) < (grows ? 55 : 45) || _live.Count == 0)
            {
                _live.Add(Allocate(random));
                return;
            }
            var at = random.Next(2) == 0 ? _live.Count - 1 : random.Next(_live.Count);
            Free(_live[at]);
            _live[at] = _live[^1];
            _live.RemoveAt(_live.Count - 1);
        }

        public void Empty()
        {
            Clear(_live);
            _live.Clear();
        }

        protected abstract long Allocate(Random random);

        protected abstract void Free(long what);

        protected virtual void Clear(List<long> live) => live.ForEach(Free);
    }

    private sealed class PoolPart(string name, Pool<Wide> pool) : Part(name)
    {
        public override void Trim() => pool.Trim();

        protected override long Allocate(Random random) => (long)pool.Allocate(member: Name);

        protected override void Free(long what) => pool.Free((Wide*)what);

        protected override void Clear(List<long> live) => pool.Clear();
    }

    private sealed class HandlePart(string name, HandleMap<Wide> map) : Part(name)
    {
        public override void Trim() => map.Trim();

        protected override long Allocate(Random random)
        {
            var handle = map.Allocate(default, member: Name);
            return *(long*)&handle;
        }

        protected override void Free(long what) => Assert.True(map.Free(*(Handle<Wide>*)&what));

        protected override void Clear(List<long> live) => map.Clear();
    }

    private sealed class HeapPart(string name, Heap heap) : Part(name)
    {
        public override void Trim() => heap.Trim();

        protected override long Allocate(Random random)
        {
            var byteCount = (nuint)(48 << random.Next(14));
            var address = heap.Allocate(byteCount, member: Name);
            if (random.Next(4) == 0)
                address = heap.Reallocate(address, byteCount * 3 / 4, member: Name);
            return (long)address;
        }

        protected override void Free(long what) => heap.Free((void*)what);
    }

    private struct Wide
    {
        public fixed byte Bytes[48];
    }
}
