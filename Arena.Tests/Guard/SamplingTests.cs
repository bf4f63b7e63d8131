using Arena.Pools;
using Arena.Tests.Os;
using Xunit.Abstractions;

namespace Arena.Tests.Guard;

/// <summary>
/// Each allocation is sampled with the same probability, whatever its size, and whatever the program does between: the
/// samples of each group are compared with their binomial distribution.
/// </summary>
/// <remarks>
/// The draws have no seed, because they must differ from process to process; the program's own choices do, and
/// ARENA_GUARD_SEED plays them again. A correct sampler is refused once in about a million runs.
/// </remarks>
public sealed unsafe class SamplingTests(ITestOutputHelper output)
{
    private const int Every = 20;

    // The 5.5-fold standard deviation, of some 30 groups in all.
    private const double Deviations = 5.5;

    public static TheoryData<string, string> Programs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var kind in new[] { "heap", "shared heap", "buddy", "pool", "map", "shared pool" })
            {
                foreach (var pattern in new[] { "one after the other", "batches", "at random" })
                    data.Add(kind, pattern);
            }
            return data;
        }
    }

    [LinuxTheory]
    [MemberData(nameof(Programs))]
    public void Each_allocation_is_sampled_with_the_same_probability(string kind, string pattern)
    {
        var seed = GuardSeed.Next(output);
        var random = new Random(seed);
        using var arena = new PageArena(new PageArenaOptions
        {
            Name = "sampled",
            Guard = new GuardOptions { SampleEvery = Every },
        });
        using var subject = Subject.Make(kind, arena);
        var made = new int[Subject.Sizes.Length];
        var sampled = new int[Subject.Sizes.Length];
        List<nint> live = [];
        for (var i = 0; i < 30_000; i++)
        {
            switch (pattern)
            {
                case "one after the other":
                    Allocate(i % made.Length);
                    FreeLast();
                    break;
                case "batches":
                    Allocate(i / 100 % made.Length);
                    for (; i % 100 == 99 && live.Count > 0;)
                        FreeLast();
                    break;
                default:
                    Allocate(random.Next(made.Length));
                    for (var frees = random.Next(live.Count > 500 ? 4 : 2); frees > 0; frees--)
                    {
                        var index = random.Next(live.Count);
                        (live[index], live[^1]) = (live[^1], live[index]);
                        FreeLast();
                    }
                    if (random.Next(2_000) == 0)
                        subject.Trim();
                    break;
            }
        }
        while (live.Count > 0)
            FreeLast();
        for (var group = 0; group < made.Length; group++)
        {
            var expected = made[group] / (double)Every;
            var deviation = Math.Sqrt(expected * (1 - 1.0 / Every));
            output.WriteLine($"{Subject.Sizes[group]} bytes: {sampled[group]} of {made[group]}");
            Assert.InRange(sampled[group], expected - Deviations * deviation, expected + Deviations * deviation);
        }

        void Allocate(int group)
        {
            var address = subject.Allocate(Subject.Sizes[group]);
            made[group]++;
            sampled[group] += subject.Guard.TryFind((nuint)address, out _) ? 1 : 0;
            live.Add(address);
        }

        void FreeLast()
        {
            subject.Free(live[^1]);
            live.RemoveAt(live.Count - 1);
        }
    }

    private abstract class Subject : IDisposable
    {
        public static readonly nuint[] Sizes = [16, 64, 500, 3_000];

        public abstract AllocatorGuard Guard { get; }

        public static Subject Make(string kind, PageArena arena) => kind switch
        {
            "heap" => new OfAnySize(new Heap(arena)),
            "shared heap" => new OfAnySize(new SharedHeap(arena)),
            "buddy" => new OfAnySize(new BuddyAllocator(arena, 1 << 27)),
            "pool" => new OfPool(new Pool<long>(arena)),
            "map" => new OfMap(new HandleMap<long>(arena)),
            _ => new OfSharedPool(new SharedPool<long>(arena)),
        };

        public abstract nint Allocate(nuint byteCount);

        public abstract void Free(nint address);

        public virtual void Trim()
        {
        }

        public abstract void Dispose();
    }

    private sealed class OfAnySize(GeneralAllocator allocator) : Subject
    {
        public override AllocatorGuard Guard => allocator.Guard!;

        public override nint Allocate(nuint byteCount) => (nint)allocator.Allocate(byteCount);

        public override void Free(nint address) => allocator.Free((void*)address);

        public override void Trim() => (allocator as Heap)?.Trim();

        public override void Dispose() => allocator.Dispose();
    }

    private sealed class OfPool(Pool<long> pool) : Subject
    {
        public override AllocatorGuard Guard => pool.Guard!;

        public override nint Allocate(nuint byteCount) => (nint)pool.Allocate();

        public override void Free(nint address) => pool.Free((long*)address);

        public override void Trim() => pool.Trim();

        public override void Dispose() => pool.Dispose();
    }

    private sealed class OfMap(HandleMap<long> map) : Subject
    {
        private readonly Dictionary<nint, Handle<long>> _handles = [];

        public override AllocatorGuard Guard => map.Guard!;

        public override nint Allocate(nuint byteCount)
        {
            var handle = map.Allocate(1);
            Assert.True(map.TryGet(handle, out var value));
            var slot = (nint)value - sizeof(long);
            _handles[slot] = handle;
            return slot;
        }

        public override void Free(nint address) => Assert.True(map.Free(_handles[address]));

        public override void Trim() => map.Trim();

        public override void Dispose() => map.Dispose();
    }

    private sealed class OfSharedPool(SharedPool<long> pool) : Subject
    {
        public override AllocatorGuard Guard => pool.Guard!;

        public override nint Allocate(nuint byteCount) => (nint)pool.Allocate();

        public override void Free(nint address) => pool.Free((long*)address);

        public override void Dispose() => pool.Dispose();
    }
}
