using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The windows of time in which allocations are counted, so that some are sampled. Counting closes fast paths, and they
/// cannot count by themselves. So allocations are counted a sixteenth of the time, and sixteen times as many of these
/// are sampled:
/// <code>
/// open   |--|                |---|                      |-|          counted; one in N / 16 is sampled
/// closed     ________________     ______________________   _____     the fast paths are as without a guard
/// </code>
/// The lengths are random. So an allocation is counted with the probability 1/16, whatever the rhythm of the program
/// is, and sampled with 1/N.
/// </summary>
/// <remarks>Arenas are held weakly, because a forgotten one is reported as such.</remarks>
internal sealed class SamplingWindows
{
    /// <summary>The part of the time that is in windows is one divided by this.</summary>
    public const int Share = 16;

    /// <summary>The least distance of samples at which allocations are counted in windows.</summary>
    public const int LeastDistance = 1_000;

    private const int LeastMilliseconds = 4;
    private const int MostMilliseconds = 16;

    // A process that was suspended in a window was not counted all that time.
    private const double LongestMilliseconds = 100;

    // Two threads may share a count, so that they seem to spend all their time.
    private const double MostSpent = 0.97;
    private const int StackBytes = 256 << 10;

    /// <summary>The windows of the process. A thread opens and closes them while any arena follows.</summary>
    public static readonly SamplingWindows OfProcess = new(isTimed: true);

    private readonly Lock _changing = new();
    private readonly List<WeakReference<IFollowsWindows>> _followers = [];
    private readonly long[] _spent = new long[61];
    private readonly bool _isTimed;
    private WeakReference<IFollowsWindows>[] _copy = [];
    private bool _isRunning;
    private volatile bool _isOpen;

    /// <param name="isTimed">False if only <see cref="Set"/> opens and closes windows.</param>
    public SamplingWindows(bool isTimed = false) => _isTimed = isTimed;

    /// <summary>True while allocations are counted.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Lets an object follow from now on. Returns false if there can be no thread.</summary>
    public bool TryAdd(IFollowsWindows follower)
    {
        lock (_changing)
        {
            if (_isTimed && !_isRunning && !TryStart())
                return false;
            _followers.Add(new WeakReference<IFollowsWindows>(follower));
            return true;
        }
    }

    /// <summary>Lets an object follow no longer, and forgets those that the collector took.</summary>
    public void Remove(IFollowsWindows? follower)
    {
        lock (_changing)
            _followers.RemoveAll(entry => !entry.TryGetTarget(out var target) || target == follower);
    }

    /// <summary>Notes the time, in units of Stopwatch, that the calling thread spent on a sample.</summary>
    public void Spend(long ticks) =>
        Interlocked.Add(ref _spent[Environment.CurrentManagedThreadId % _spent.Length], ticks);

    /// <summary>Opens or closes a window. One thread at a time calls it.</summary>
    public void Set(bool isOpen)
    {
        int count;
        lock (_changing)
        {
            _isOpen = isOpen;
            count = _followers.Count;
            if (_copy.Length < count)
                _copy = new WeakReference<IFollowsWindows>[2 * count];
            _followers.CopyTo(_copy);
        }
        var areAllThere = true;
        for (var i = 0; i < count; i++)
            areAllThere &= TryNotify(_copy[i], isOpen);
        Array.Clear(_copy);
        if (!areAllThere)
            Remove(null);
    }

    // A method of its own, so that the thread holds no arena while it sleeps.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryNotify(WeakReference<IFollowsWindows> follower, bool isOpen)
    {
        if (!follower.TryGetTarget(out var target))
            return false;
        target.FollowWindow(isOpen);
        return true;
    }

    private bool TryStart()
    {
        _isOpen = Random.Shared.Next(Share) == 0;
        try
        {
            new Thread(Run, StackBytes) { IsBackground = true, Name = "Arena sampling" }.Start();
            return _isRunning = true;
        }
        catch (Exception failure) when (failure is OutOfMemoryException or ThreadStartException
            or PlatformNotSupportedException)
        {
            _isOpen = false;
            return false;
        }
    }

    private void Run()
    {
        // The lengths, in milliseconds, without the time that samples take.
        var late = 0.0;
        var length = (LeastMilliseconds + MostMilliseconds) / 2.0;
        for (var isInWindow = _isOpen; !HasEnded(); isInWindow = !isInWindow)
        {
            if (_isOpen != isInWindow)
                Set(isInWindow);
            if (isInWindow)
            {
                length = Math.Min(
                    Pass(Random.Shared.Next(LeastMilliseconds, MostMilliseconds + 1)), LongestMilliseconds);
                continue;
            }
            // The mean follows what the window took, and what came late is made up for.
            var between = (Share - 1) * length * -Math.Log(1 - Random.Shared.NextDouble()) - late;
            late = between > 0 ? Math.Min(Pass(between) - between, LongestMilliseconds) : -between;
        }
    }

    private bool HasEnded()
    {
        lock (_changing)
        {
            if (_followers.Count == 0)
                _isRunning = false;
            return !_isRunning;
        }
    }

    // Waits some milliseconds, without those that samples take meanwhile: a loop that is slower in windows would
    // otherwise have fewer allocations in them. Returns how many passed.
    private double Pass(double milliseconds)
    {
        var start = Stopwatch.GetTimestamp();
        var spent = 0.0;
        for (; ; )
        {
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            var passed = elapsed - Math.Min(spent, MostSpent * elapsed);
            if (passed > milliseconds - 0.5)
                return passed;
            Thread.Sleep(Math.Max(1, (int)(milliseconds - passed)));
            spent += TakeSpent();
        }
    }

    // Returns the milliseconds of the thread that spent most.
    private double TakeSpent()
    {
        long most = 0;
        foreach (ref var ticks in _spent.AsSpan())
            most = Math.Max(most, Interlocked.Exchange(ref ticks, 0));
        return most * 1_000.0 / Stopwatch.Frequency;
    }
}
