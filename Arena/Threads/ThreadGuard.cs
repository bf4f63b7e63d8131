using System.Numerics;
using System.Runtime.CompilerServices;

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
/// <para>
/// To enter is an atomic operation, which the processor begins only when all loads and stores before it are done. So if
/// all calls are checked, the thread that is the only one for a while is favoured, and enters by a plain store:
/// <code>
/// the favoured thread              | another thread
/// 1. favoured is its own number?   | 1. enters by an atomic operation: inside is its number
/// 2. inside is its number          | 2. favoured is 0, then a fence in every thread of the process
/// 3. favoured is still its number? | 3. inside is still its own number?
/// </code>
/// The fence falls somewhere in the favoured thread: before 3, and that thread sees the other one; or after 2, and the
/// other thread sees it, or sees that it has left meanwhile.
/// </para>
/// </remarks>
internal struct ThreadGuard
{
    private const int CallsToCheck = 128;
    private const uint ChangesPerOctave = 64;

    // The calls of a thread after another one before it is favoured; the first thread is at once. They double each time
    // another thread ends that, which is a call to the system.
    private const int CallsToFavour = 64;
    private const int MostFavoursDoubled = 20;

    // The ids of managed threads; 0 is none.
    private int _inside;
    private int _last;
    private int _depth;
    private int _callsToCheck;
    private uint _changes;
    private int _favoured;
    private int _callsToFavour;
    private int _favoursEnded;
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
    public bool TryEnter() => TryEnter<GuardSteps>(Environment.CurrentManagedThreadId);

    /// <summary>Enters as a thread, by steps that a test can order.</summary>
    public bool TryEnter<TSteps>(int thread)
        where TSteps : struct, IGuardSteps
    {
        // Only this thread itself can have written its number.
        if (TSteps.Read(ref _inside) == thread)
        {
            _depth++;
            return true;
        }
        if (TryEnterFavoured<TSteps>(thread))
            return true;
        if (!TSteps.TryReplace(ref _inside, 0, thread)
            || (TSteps.Read(ref _favoured) != 0 && !EndsFavour<TSteps>(thread)))
        {
            Volatile.Write(ref _isBroken, true);
            return false;
        }
        if (thread != _last)
            Change(thread);
        else if (_callsToCheck > 0)
            _callsToCheck--;
        if (ChecksAll && _callsToCheck == 0 && --_callsToFavour < 0)
            TSteps.Write(ref _favoured, thread);
        return true;
    }

    /// <summary>
    /// Enters if the thread is favoured and not inside. Returns false, with nothing done, for every other thread.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnterFavoured() => TryEnterFavoured<GuardSteps>(Environment.CurrentManagedThreadId);

    public void Leave() => Leave<GuardSteps>();

    /// <summary>Leaves, by steps that a test can order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave<TSteps>()
        where TSteps : struct, IGuardSteps
    {
        if (_depth > 0)
            _depth--;
        else
            TSteps.Write(ref _inside, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryEnterFavoured<TSteps>(int thread)
        where TSteps : struct, IGuardSteps
    {
        if (TSteps.Read(ref _favoured) != thread || TSteps.Read(ref _inside) != 0 || IsBroken)
            return false;
        TSteps.Write(ref _inside, thread);
        return TSteps.Read(ref _favoured) == thread || Meet<TSteps>();
    }

    // The thread was favoured when its call began, and is not any more: another one is inside.
    private bool Meet<TSteps>()
        where TSteps : struct, IGuardSteps
    {
        Volatile.Write(ref _isBroken, true);
        TSteps.Write(ref _inside, 0);
        return false;
    }

    // Returns false if the favoured thread has entered meanwhile.
    private bool EndsFavour<TSteps>(int thread)
        where TSteps : struct, IGuardSteps
    {
        TSteps.Write(ref _favoured, 0);
        TSteps.FenceAll();
        _favoursEnded = Math.Min(_favoursEnded + 1, MostFavoursDoubled);
        return TSteps.Read(ref _inside) == thread;
    }

    private void Change(int thread)
    {
        var isFirst = _last == 0;
        _last = thread;
        if (isFirst)
            return;
        _callsToFavour = CallsToFavour << _favoursEnded;
        _changes++;
        var every = BitOperations.RoundUpToPowerOf2(_changes / ChangesPerOctave + 1);
        if ((_changes & (every - 1)) == 0)
            _callsToCheck = CallsToCheck;
    }
}
