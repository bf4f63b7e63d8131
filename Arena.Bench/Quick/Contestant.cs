using Arena.Bench.Contestants;
using Arena.Bench.Machine;
using Arena.Bench.Peers;
using Arena.Bench.Workloads;

namespace Arena.Bench.Quick;

/// <summary>One row of a table: a workload in this process, or a C process.</summary>
internal sealed class Contestant : IDisposable
{
    private readonly Func<long, double> _run;
    private readonly IDisposable _owned;
    private readonly Workload? _workload;

    private Contestant(string name, bool isC, FreeCheck frees, int granule, Func<long, double> run, IDisposable owned)
    {
        _workload = owned as Workload;
        Name = name;
        IsC = isC;
        Frees = frees;
        Granule = granule;
        _run = run;
        _owned = owned;
    }

    /// <summary>The sum of everything computed so far; printed, so that no compiler may drop the work.</summary>
    public static ulong Sum { get; private set; }

    public string Name { get; }

    /// <summary>True if it is a C allocator in a C process: promises call the fastest of these "best C".</summary>
    public bool IsC { get; }

    /// <summary>The fate of a second free.</summary>
    public FreeCheck Frees { get; }

    /// <summary>Runs are multiples of this many operations.</summary>
    public int Granule { get; }

    public static Contestant Of(string name, Workload workload) =>
        new(name, false, Table.FreesOf(name), workload.Granule, operations => Time(workload, operations), workload);

    /// <summary>A loop in C that is no allocator.</summary>
    public static Contestant OfFloor(string name, PeerProcess floor) =>
        new(name, false, FreeCheck.None, 1, floor.Run, floor);

    public static Contestant Of(string name, PeerProcess peer, int granule, FreeCheck frees = FreeCheck.Unchecked) =>
        new(name, true, frees, granule, peer.Run, peer);

    /// <summary>Returns the nanoseconds of one operation, measured over this many.</summary>
    public double Run(long operations) => _run(operations) / operations;

    /// <summary>True if the measured code is final.</summary>
    public bool IsWarm => _workload is null || TierListener.IsFinal(_workload.GetType());

    /// <summary>Lets the JIT count the loop once more; C is already compiled.</summary>
    public void WarmUp() => Sum = unchecked(Sum + (_workload?.WarmUp() ?? 0));

    public void Dispose() => _owned.Dispose();

    // As many untimed operations first: the other contestants used the caches meanwhile. The C processes do the same.
    private static double Time(Workload workload, long operations)
    {
        var before = workload.Run(operations);
        var start = Clock.Nanoseconds(workload.ThreadCount);
        var sum = workload.Run(operations);
        var end = Clock.Nanoseconds(workload.ThreadCount);
        Sum = unchecked(Sum + before + sum);
        return workload.MeasuredNanoseconds ?? end - start;
    }
}
