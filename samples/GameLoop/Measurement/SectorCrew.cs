using Arena.Diagnostics;
using GameLoop.Backends;
using GameLoop.Options;
using GameLoop.Rules;
using GameLoop.Workers;

namespace GameLoop.Measurement;

/// <summary>
/// The sectors of a world and their threads: several have a thread each, a single one is stepped by the caller.
/// Every sector has its own memory, because the allocators are for one thread. For use by one thread.
/// </summary>
internal sealed class SectorCrew : IDisposable
{
    private readonly List<World> _sectors = [];
    private readonly List<StepWorker> _workers = [];

    public SectorCrew(
        Backend backend, IReadOnlyList<WorldSettings> sectors, CaptureWriter? capture = null, int jobThreads = 0)
    {
        try
        {
            foreach (var settings in sectors)
                _sectors.Add(WorldRunner.Create(backend, settings, capture, jobThreads));
            for (var sector = 0; sectors.Count > 1 && sector < sectors.Count; sector++)
                _workers.Add(new StepWorker(_sectors[sector].Step, $"sector {sector}"));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The first sector.</summary>
    public World First => _sectors[0];

    /// <summary>The allocations of all sectors together.</summary>
    public long Allocations => _sectors.Sum(sector => sector.Allocations);

    /// <summary>Managed bytes made by threads other than the caller's.</summary>
    public long WorkerBytes =>
        _workers.Sum(worker => worker.AllocatedBytes) + _sectors.Sum(sector => sector.WorkerBytes);

    /// <summary>Steps all sectors by one frame; returns when the last of them has stepped.</summary>
    /// <exception cref="Exception">The exception of a sector's step; the crew can only be disposed then.</exception>
    public void Step()
    {
        if (_workers.Count == 0)
        {
            _sectors[0].Step();
            return;
        }
        foreach (var worker in _workers)
            worker.Begin();
        foreach (var worker in _workers)
            worker.Await();
        foreach (var worker in _workers)
            worker.ThrowIfFailed();
    }

    /// <summary>Combines the sectors' checksums in order; a single sector's stays as it is.</summary>
    public ulong Checksum() => _sectors.Select(sector => sector.Checksum()).Aggregate(Rng.Mix);

    /// <summary>Records where the memory of all sectors lies; call it between steps.</summary>
    public void RecordMap()
    {
        foreach (var sector in _sectors)
            sector.RecordMap();
    }

    /// <summary>Closes all sectors and returns the sums of the memory that was forgotten in any of them.</summary>
    public LeakTally Close() => LeakTally.Sum([.. _sectors.Select(sector => sector.Close())]);

    public void Dispose()
    {
        foreach (var worker in _workers)
            worker.Dispose();
        foreach (var sector in _sectors)
            sector.Dispose();
    }
}
