namespace Arena.Bench.Workloads;

/// <summary>
/// One question for one contestant: a loop whose state lives from run to run, so that it stays warm.
/// </summary>
internal abstract class Workload : IDisposable
{
    /// <summary>Runs are multiples of this many operations.</summary>
    public virtual int Granule => 1;

    /// <summary>The number of threads that share the work.</summary>
    public virtual int ThreadCount => 1;

    /// <summary>Does this many operations.</summary>
    /// <returns>A sum of what was written, so that no compiler may drop the work.</returns>
    public abstract ulong Run(long operations);

    /// <summary>
    /// Nanoseconds of the last run that count, where it also prepares what it measures; null where all of them do.
    /// </summary>
    public virtual double? MeasuredNanoseconds => null;

    /// <summary>Runs the same code briefly, for the JIT to count it.</summary>
    public virtual ulong WarmUp() => Run(Math.Max(Granule, 1000));

    public void Dispose() => End();

    /// <summary>Gives back what it holds of the contestant.</summary>
    protected virtual void End()
    {
    }
}
