using System.Diagnostics;
using System.Runtime.ExceptionServices;
using GameLoop.Churning;
using GameLoop.Measurement;
using GameLoop.Options;

namespace GameLoop.Racing;

/// <summary>
/// Contestants that take turns: each plays a slice of frames while the others wait, and another one is first each time.
/// </summary>
/// <remarks>
/// A disturbance that is longer than a slice disturbs all of them alike. All play the same frames of the same
/// world, so a slice of one can be compared with that of another.
/// <code>
///   round 0        round 1        round 2
///   A    B    C    B    C    A    C    A    B      a slice each: one frame that is not measured, then 4 to 20 that are
/// </code>
/// </remarks>
internal sealed class Race(IReadOnlyList<IContestant> contestants, RunOptions options, IRaceProgress progress)
{
    /// <summary>
    /// The time for measured frames, unless their number is asked for: a run is to take less than a minute.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(44);

    private const int ChurnRounds = 11;

    private readonly List<Slice>[] _slices = [.. contestants.Select(static _ => new List<Slice>())];

    /// <exception cref="RunFailedException">A contestant failed; the message names it.</exception>
    public RaceResult Run()
    {
        Prepare(contestants, progress);
        Play();
        MeasuredRun[] runs = [.. contestants.Select(
            (each, i) => new MeasuredRun(
                BackendRun.Of(each.Name, options.Entities, WorldRunner.WarmUpFrames, _slices[i], each.End()),
                _slices[i]))];
        return new RaceResult(runs, Churn());
    }

    /// <summary>Prepares contestants, at most one on each core, so that the compiler's threads find one too.</summary>
    /// <exception cref="RunFailedException">A contestant failed; the message names it.</exception>
    public static void Prepare(IReadOnlyList<IContestant> contestants, IRaceProgress progress)
    {
        try
        {
            Parallel.ForEach(
                contestants,
                new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                contestant =>
                {
                    var percent = 0;
                    contestant.Prepare(() => progress.Preparing(contestant.Name, ++percent));
                });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private void Play()
    {
        var clock = Stopwatch.StartNew();
        var plan = new FramePlan(options.Frames, options.MayStopEarly ? Limit : null, () => clock.Elapsed);
        for (var round = 0; plan.Next() is var count and > 0; round++)
        {
            for (var turn = 0; turn < contestants.Count; turn++)
            {
                var contestant = (round + turn) % contestants.Count;
                _slices[contestant].Add(contestants[contestant].Step(count));
                progress.Playing(plan.Share);
            }
            plan.Played(count, _slices.Max(static slices => slices[^1].WallNanoseconds.Average()) / 1e6);
        }
        progress.Playing(1);
    }

    private ChurnResult[] Churn()
    {
        if (!options.MeasuresChurn)
            return [];
        var kinds = Enum.GetValues<ChurnKind>();
        var turns = 0;
        return Array.ConvertAll(kinds, kind =>
        {
            var rounds = Array.ConvertAll<IContestant, double[]>([.. contestants], static _ => new double[ChurnRounds]);
            for (var round = 0; round < ChurnRounds; round++)
            {
                for (var turn = 0; turn < contestants.Count; turn++)
                {
                    var contestant = (round + turn) % contestants.Count;
                    rounds[contestant][round] = contestants[contestant].Churn(kind);
                    progress.Churning(++turns / (double)(kinds.Length * ChurnRounds * contestants.Count));
                }
            }
            return new ChurnResult(kind, rounds);
        });
    }
}
