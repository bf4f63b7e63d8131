using System.Numerics;

namespace Arena;

/// <summary>
/// Notices that an allocator for one thread is used by two at a time. The slow paths enter and leave it, and who finds
/// another thread inside has found a program's error: from then on every call is refused.
/// </summary>
/// <remarks>
/// <para>
/// Two threads that only meet on the fast path are not seen there. So when a slow path is entered by another thread
/// than the last one, the allocator keeps its fast path closed for a few calls, in which all threads come here. To hand
/// an allocator from thread to thread is allowed, and looks the same to begin with: so that happens at each of the
/// first changes, and then ever more rarely, as often between 1,000 and 2,000 as between 2,000 and 4,000.
/// </para>
/// <para>A thread that is inside may enter again, from an observer.</para>
/// </remarks>
internal struct ThreadGuard
{
    private const int CallsToCheck = 128;
    private const uint ChangesPerOctave = 64;

    // Managed thread ids; 0 is none.
    private int _inside;
    private int _last;
    private int _depth;
    private int _callsToCheck;
    private uint _changes;
    private bool _isBroken;

    /// <summary>Two threads were inside at a time.</summary>
    public bool IsBroken => Volatile.Read(ref _isBroken);

    /// <summary>Whether the fast path is to be closed once the outermost call has left.</summary>
    public readonly bool KeepsClosed => _callsToCheck > 0 || Volatile.Read(in _isBroken);

    /// <summary>Whether the call that is about to leave is not within another one.</summary>
    public readonly bool IsOutermost => _depth == 0;

    /// <summary>Enters; false where another thread is inside, and then it is broken.</summary>
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
