namespace Arena;

// Pages of live blocks that a guard makes inaccessible, and accessible again before they go back.
public sealed unsafe partial class PageArena
{
    // The most protected runs if each divides a mapping: two mappings a run, an eighth of the 65,530 that a process
    // has.
    private const int MostDividingRuns = 4096;

    private int _protectedRuns;

    /// <summary>
    /// Makes whole pages of a lent block inaccessible; their contents are lost. Returns false, with nothing done, if
    /// the system refuses, or if that takes mappings and guards have all that they may have.
    /// </summary>
    internal bool TryProtect(nuint address, nuint byteCount)
    {
        if (!_memory.GuardsOverlay && Interlocked.Increment(ref _protectedRuns) > MostDividingRuns)
        {
            Interlocked.Decrement(ref _protectedRuns);
            return false;
        }
        for (nuint done = 0; done < byteCount; done += _pageBytes)
        {
            if (!_memory.Guard((void*)(address + done)).Failed)
                continue;
            Unprotect(address, byteCount, runs: 1);
            return false;
        }
        return true;
    }

    /// <summary>Makes protected pages accessible again, of several runs side by side in one call.</summary>
    internal void Unprotect(nuint address, nuint byteCount, int runs)
    {
        if (_memory.GuardsOverlay)
        {
            _ = _memory.Unguard((void*)address, byteCount);
            return;
        }
        Interlocked.Add(ref _protectedRuns, -runs);
        _ = _memory.Commit((void*)address, byteCount);
    }
}
