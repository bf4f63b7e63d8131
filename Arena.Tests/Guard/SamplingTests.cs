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
            foreach (var kind in SampledSubject.Kinds)
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
        using var subject = SampledSubject.Make(kind, arena);
        var made = new int[SampledSubject.Sizes.Length];
        var sampled = new int[SampledSubject.Sizes.Length];
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
            output.WriteLine($"{SampledSubject.Sizes[group]} bytes: {sampled[group]} of {made[group]}");
            Assert.InRange(sampled[group], expected - Deviations * deviation, expected + Deviations * deviation);
        }

        void Allocate(int group)
        {
            var address = subject.Allocate(SampledSubject.Sizes[group]);
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
}
