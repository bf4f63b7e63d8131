using System.Numerics;

namespace Arena;

/// <summary>
/// Notices that two threads use an allocator for one thread at the same time. The slow paths enter and leave it, and a
/// thread that finds another one inside has found an error of the program: from then on every call is refused.
/// </summary>
/// <remarks>
/// <para>
/// Two threads that only meet on the fast path are not noticed there. So when another thread than the last one enters a
/// slow path, the allocator keeps its fast path closed for a few calls, in which all threads come here. Handing an
/// allocator from thread to thread is allowed, and looks the same at first: so this happens at each of the first
/// changes of thread, and then ever more rarely, as often between 1,000 and 2,000 as between 2,000 and 4,000. A guard
/// with <see cref="GuardOptions.CheckThreads"/> keeps it closed for all calls.
/// </para>
/// <para>A thread that is inside may enter again, from an observer.</para>
/// </remarks>
internal struct ThreadGuard
{
    private const int CallsToCheck = 128;
    private const uint ChangesPerOctave = 64;

    // The ids of managed threads; 0 is none.
    private int _inside;
    private int _last;
    private int _depth;
    private int _callsToCheck;
    private uint _changes;
    private bool _isBroken;

    /// <summary>Returns a guard for an allocator that keeps its fast path closed for its first calls.</summary>
    public static ThreadGuard ThatChecksFirstCalls() => new() { _callsToCheck = CallsToCheck };

    /// <summary>True if two threads were inside at the same time.</summary>
    public bool IsBroken => Volatile.Read(ref _isBroken);

    /// <summary>True if the fast path has to be closed once the outermost call has left.</summary>
    public readonly bool KeepsClosed => ChecksAll || ChecksNow;

    /// <summary>True if it has to be closed for some calls, or for good.</summary>
    public readonly bool ChecksNow => _callsToCheck > 0 || Volatile.Read(in _isBroken);

    /// <summary>True if it has to be closed for all calls.</summary>
    public bool ChecksAll { readonly get; set; }

    /// <summary>True if the call that is about to leave is not within another one.</summary>
    public readonly bool IsOutermost => _depth == 0;

    /// <summary>Enters. Returns false if another thread is inside; then the guard is broken.</summary>
    public bool TryEnter()
    {
        var thread = Environment.CurrentManagedThreadId;
        // Only this thread itself can have written its number.
        if (Volatile.Read(ref _inside) == thread)
        {
            _depth++;
            return true;
        }
        if (Interlocked.CompareExchange(ref _inside, thread, 0) != 0)
        {
            Volatile.Write(ref _isBroken, true);
            return false;
        }
        if (thread != _last)
            Change(thread);
        else if (_callsToCheck > 0)
            _callsToCheck--;
        return true;
    }

    public void Leave()
    {
        if (_depth > 0)
            _depth--;
        else
            Volatile.Write(ref _inside, 0);
    }

    private void Change(int thread)
    {
        var isFirst = _last == 0;
        _last = thread;
        if (isFirst)
            return;
        _changes++;
        var every = BitOperations.RoundUpToPowerOf2(_changes / ChangesPerOctave + 1);
        if ((_changes & (every - 1)) == 0)
            _callsToCheck = CallsToCheck;
    }
}
