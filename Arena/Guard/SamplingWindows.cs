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

    /// <summary>The least distance of samples for which counting all the time would cost more than the samples.</summary>
    public const int LeastDistance = 1_000;

    private const int LeastMilliseconds = 2;
    private const int MostMilliseconds = 8;

    // A process that was suspended in a window was not counted all that time.
    private const double LongestMilliseconds = 100;
    private const int StackBytes = 256 << 10;

    /// <summary>The windows of the process. A thread opens and closes them while any arena follows.</summary>
    public static readonly SamplingWindows OfProcess = new(isTimed: true);

    private readonly Lock _changing = new();
    private readonly List<WeakReference<IFollowsWindows>> _followers = [];
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
            areAllThere &= TryTell(_copy[i], isOpen);
        Array.Clear(_copy);
        if (!areAllThere)
            Remove(null);
    }

    // A method of its own, so that the thread holds no arena while it sleeps.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryTell(WeakReference<IFollowsWindows> follower, bool isOpen)
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
        var late = 0.0;
        var length = (LeastMilliseconds + MostMilliseconds) / 2.0;
        for (var isFirst = true; !HasEnded(); isFirst = false)
        {
            if (!isFirst || _isOpen)
            {
                if (!isFirst)
                    Set(isOpen: true);
                var asked = Random.Shared.Next(LeastMilliseconds, MostMilliseconds + 1);
                length = Math.Min(asked + Sleep(asked), LongestMilliseconds);
                Set(isOpen: false);
            }
            // The mean of the time between windows follows what the window took, and what came late is made up for.
            var between = (Share - 1) * length * -Math.Log(1 - Random.Shared.NextDouble()) - late;
            late = between > 0 ? Math.Min(Sleep(between), LongestMilliseconds) : -between;
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

    // Returns by how many milliseconds it was late.
    private static double Sleep(double milliseconds)
    {
        var start = Stopwatch.GetTimestamp();
        Thread.Sleep((int)milliseconds);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds - milliseconds;
    }
}
