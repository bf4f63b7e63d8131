namespace Arena.Diagnostics;

/// <summary>A model of noise: white noise of variance 1 plus an autoregression of the first order.</summary>
/// <remarks>
/// The prior probability is 0.5 for no memory, 0.2 for a memory that fades, and 0.3 for one that never fades (a random
/// walk); within a kind all models are equally likely. Within a hundred points, a memory above 0.85 from one point to
/// the next cannot be distinguished from an endless one, so there is no model between. Means of b samples of a random
/// walk are smoother than samples of one. Their differences have the correlation of a walk whose white noise is smaller
/// by (1 - 1/b^2) / 6 of its step's variance (Working, Econometrica 28, 1960), and the filter uses that: otherwise the
/// interval of a long recording that wanders would be a fifth too narrow.
/// </remarks>
internal readonly struct NoiseModel
{
    private const double NoMemory = 0.5;
    private const double SomeMemory = 0.2;
    private const double EndlessMemory = 0.3;

    private NoiseModel(double memory, double stepVariance, double prior)
    {
        Memory = memory;
        StepVariance = stepVariance;
        LogPrior = Math.Log(prior);
    }

    public static NoiseModel[] All { get; } = MakeAll();

    /// <summary>The share of the autoregression that remains at the next point; 1 for a random walk.</summary>
    public double Memory { get; }

    /// <summary>The variance that the autoregression gains at each point.</summary>
    public double StepVariance { get; }

    /// <summary>The logarithm of the prior probability.</summary>
    public double LogPrior { get; }

    /// <summary>The variance of the autoregression; a walk may start anywhere, because the level is free.</summary>
    public double FirstVariance => Forgets ? StepVariance / (1 - Memory * Memory) : StepVariance;

    private bool Forgets => Memory < 1;

    /// <summary>Returns the variance of the white noise in values that are means of this many samples.</summary>
    public double WhiteVariance(int averaged) =>
        Forgets ? 1 : 1 - StepVariance * (1 - 1.0 / averaged / averaged) / 6;

    /// <summary>
    /// Returns the variance of the ordinary least-squares slope of values at positions about their mean.
    /// </summary>
    public double SlopeVariance(ReadOnlySpan<double> positions, double sumXX, int averaged)
    {
        // The slope is a weighted sum of values. A step of a walk moves all later values; otherwise a value resembles
        // later ones less, the farther away they are.
        double sum = 0, later = 0, white = WhiteVariance(averaged), first = FirstVariance;
        for (int i = positions.Length - 1; i >= 0; i--)
        {
            double weight = positions[i] / sumXX;
            double both = Forgets ? weight * (weight + 2 * later) : (weight + later) * (weight + later);
            sum += white * weight * weight + first * both;
            later = Memory * (later + weight);
        }
        return sum;
    }

    private static NoiseModel[] MakeAll()
    {
        double[] memories = [0.3, 0.5, 0.7, 0.85];
        double[] sharesOfVariance = [0.1, 0.3, 0.6, 0.9, 0.999];
        double[] steps = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 100];
        var models = new List<NoiseModel> { new(0, 0, NoMemory) };
        foreach (double memory in memories)
        {
            foreach (double share in sharesOfVariance)
            {
                double step = share / (1 - share) * (1 - memory * memory);
                models.Add(new NoiseModel(memory, step, SomeMemory / (memories.Length * sharesOfVariance.Length)));
            }
        }
        foreach (double step in steps)
            models.Add(new NoiseModel(1, step, EndlessMemory / steps.Length));
        return [.. models];
    }
}
