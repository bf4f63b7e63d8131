using GameLoop.Rules;

namespace GameLoop.Statistics;

/// <summary>
/// Finds how certain a ratio is (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993). Rounds are drawn at
/// random, with repetition, as many as there are, and the ratio is computed of them; the middle 95 % of many such
/// ratios are the interval. Both contestants played in every round, at nearly the same time, so they are drawn
/// together: a round in which the machine was busy counts for both.
/// </summary>
internal static class Bootstrap
{
    private const int Draws = 500;
    private const ulong Seed = 1;

    /// <summary>Computes a ratio and its interval, the same for the same rounds each time.</summary>
    /// <param name="rounds">The number of rounds, at least one.</param>
    /// <param name="ratio">Computes the ratio of the rounds with these numbers.</param>
    public static Ratio Of(int rounds, Func<int[], double> ratio)
    {
        var all = Enumerable.Range(0, rounds).ToArray();
        var drawn = new int[rounds];
        var ratios = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            var rng = new Rng(Seed, (ulong)draw);
            foreach (ref var round in drawn.AsSpan())
                round = rng.Below(rounds);
            ratios[draw] = ratio(drawn);
        }
        Array.Sort(ratios);
        return new Ratio(ratio(all), ratios[Draws / 40], ratios[^(Draws / 40 + 1)]);
    }
}
