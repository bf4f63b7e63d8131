using System.Diagnostics;
using Arena.Bench.Contestants;
using Arena.Bench.Machine;

namespace Arena.Bench.Quick;

/// <summary>
/// Runs an experiment: all contestants warm, then interleaved in rounds, so that what the machine does meanwhile
/// affects all of them. Ratios are taken within a round, medians over the rounds.
/// </summary>
internal static class Rounds
{
    public const int Count = 15;

    private static readonly TimeSpan WarmLimit = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan JitShare = TimeSpan.FromMilliseconds(20);

    // Every 100 ms, the JIT's thread compiles what is called often, if it finds a processor.
    private static readonly TimeSpan QuietWhenWarm = TimeSpan.FromMilliseconds(1500);

    public static Report.Question Run(Experiment experiment)
    {
        var contestants = experiment.Contestants;
        Warm(contestants);
        var operations = contestants.ConvertAll(c => Operations(c, experiment));
        var times = contestants.ConvertAll(_ => new double[Count]);
        for (var round = 0; round < Count; round++)
        {
            // Each round starts with another contestant.
            for (var i = 0; i < contestants.Count; i++)
            {
                var at = (i + round) % contestants.Count;
                times[at][round] = contestants[at].Run(operations[at]);
            }
        }
        return Evaluate(experiment, times);
    }

    // Waits until every loop runs its final code, however long the JIT's thread takes.
    private static void Warm(List<Contestant> contestants)
    {
        var began = Stopwatch.GetTimestamp();
        while (contestants.Exists(c => !c.IsWarm) || TierListener.Quiet < QuietWhenWarm)
        {
            contestants.ForEach(c => c.WarmUp());
            // The JIT's thread shares this processor; on a busy machine it would get none until the rounds begin.
            Thread.Sleep(JitShare);
            if (Stopwatch.GetElapsedTime(began) < WarmLimit)
                continue;
            foreach (var late in contestants.Where(c => !c.IsWarm))
                Console.WriteLine($"{late.Name}: no Tier-1 code in {WarmLimit.TotalSeconds} s, so too slow here.");
            return;
        }
    }

    private static long Operations(Contestant contestant, Experiment experiment)
    {
        var granule = contestant.Granule;
        var operations = (experiment.SettlingOperations / granule + 1) * granule;
        // Twice: only the second measurement is of the steady state.
        for (var i = 0; i < 2; i++)
        {
            var fitting = experiment.SliceNanoseconds / contestant.Run(operations) / granule;
            operations = Math.Max(1, (long)fitting) * granule;
        }
        return operations;
    }

    private static Report.Question Evaluate(Experiment experiment, List<double[]> times)
    {
        var contestants = experiment.Contestants;
        var medians = times.ConvertAll(t => Quantile(t, 0.5));
        var ratios = new List<Report.Ratio>();
        foreach (var promise in experiment.Promises)
        {
            var subject = contestants.FindIndex(c => c.Name == promise.Subject);
            var isBest = promise.Against == Promise.BestC;
            AddRatio(subject, isBest
                ? BestC(contestants, medians, FreeCheck.Unchecked)
                : contestants.FindIndex(c => c.Name == promise.Against), promise.Limit, promise.Floor);
            if (isBest)
                AddRatio(subject, BestC(contestants, medians, FreeCheck.Checked), null, null);
        }
        void AddRatio(int subject, int against, double? limit, string? floorName)
        {
            if (subject < 0 || against < 0)
                return; // a missing peer has already been reported
            var rounds = Divide(times[subject], times[against]);
            var floor = floorName is null ? -1 : contestants.FindIndex(c => c.Name == floorName);
            ratios.Add(new Report.Ratio(
                contestants[subject].Name,
                contestants[against].Name,
                Quantile(rounds, 0.5),
                Quantile(rounds, 0.25),
                Quantile(rounds, 0.75),
                limit,
                floor < 0 ? null : Quantile(Divide(times[floor], times[against]), 0.5)));
        }
        var rows = contestants.Select((c, i) => new Report.Time(c.Name, medians[i], c.Frees)).ToList();
        return new Report.Question(experiment.Id, experiment.Title, experiment.Unit, rows, ratios);
    }

    private static int BestC(List<Contestant> contestants, List<double> medians, FreeCheck frees)
    {
        var best = -1;
        for (var i = 0; i < contestants.Count; i++)
        {
            if (contestants[i].IsC && contestants[i].Frees == frees && (best < 0 || medians[i] < medians[best]))
                best = i;
        }
        return best;
    }

    private static double[] Divide(double[] mine, double[] theirs) =>
        [.. mine.Zip(theirs, (a, b) => a / b)];

    private static double Quantile(double[] values, double part)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)Math.Round(part * (sorted.Length - 1))];
    }
}
