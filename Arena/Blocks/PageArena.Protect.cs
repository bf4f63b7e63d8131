namespace Arena;

// Pages of live blocks that a guard makes inaccessible, and accessible again before they go back.
public sealed unsafe partial class PageArena
{
    // Where each protected page divides a mapping, of which a process has 65,530: an eighth of them, two a run.
    private const int MostDividingRuns = 4096;

    private int _protectedRuns;

    /// <summary>
    /// Makes whole pages of a lent block fault; their contents are lost. False, and nothing done, where the system
    /// refuses, or where that takes mappings and guards have as many as they may.
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
            Unprotect(address, byteCount);
            return false;
        }
        return true;
    }

    /// <summary>Makes such pages accessible again.</summary>
    internal void Unprotect(nuint address, nuint byteCount)
    {
        if (_memory.GuardsOverlay)
        {
            _ = _memory.Unguard((void*)address, byteCount);
            return;
        }
        Interlocked.Decrement(ref _protectedRuns);
        _ = _memory.Commit((void*)address, byteCount);
    }
}
