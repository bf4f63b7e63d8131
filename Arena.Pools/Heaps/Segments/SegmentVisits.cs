using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// Visits of threads to segments that they do not own: a remote free, a count, a walk. Each thread has a word for it,
/// which it writes without an atomic step. A thread that wants to give a segment's addresses back first takes the
/// segment out of the table in which all threads look it up, and then reads all words:
/// <code>
/// a visitor                           | a thread that gives back
/// 1. its word is not 0                | 1. takes the segment out of the table
/// 2. finds the segment, or not        | 2. a fence in every thread of the process
/// 3. touches it                       | 3. waits until each word is 0
/// 4. its word is 0 again              | 4. gives the addresses back
/// </code>
/// The fence falls somewhere in the visitor: either before 2, and the visitor does not find the segment, or after 1,
/// and the thread that gives back sees the word. So a visit costs no fence of its own.
/// </summary>
internal static unsafe class SegmentVisits
{
    // The bytes of a thread's word, which has a pair of cache lines to itself.
    private const int WordBytes = 128;

    // A visiting thread that has lost its processor is waited for, but not for ever.
    private const int MostSpins = 200;

    private static readonly Lock Lock = new();
    private static Entry[] entries = [];

    [ThreadStatic]
    private static ulong* own;

    /// <summary>The calling thread's word, which counts the visits that it is in.</summary>
    public static ulong* Own
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => own != null ? own : MakeOwn();
    }

    /// <summary>Begins a visit, before the segment is looked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter<TThreads>(ulong* word)
        where TThreads : struct, IThreads => TThreads.Write(word, TThreads.Read(word) + 1);

    /// <summary>Ends a visit, after the segment was touched for the last time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Leave<TThreads>(ulong* word)
        where TThreads : struct, IThreads => TThreads.Write(word, TThreads.Read(word) - 1);

    /// <summary>
    /// Waits until no thread can be visiting a segment that was hidden before. Returns false if one stays too long.
    /// </summary>
    public static bool AwaitNone()
    {
        ManyThreads.FenceAll();
        if (own != null && *own != 0)
            return false;
        foreach (var entry in Volatile.Read(ref entries))
        {
            for (var spin = new SpinWait(); !IsOver<ManyThreads>(entry.Word); spin.SpinOnce(sleep1Threshold: -1))
            {
                if (spin.Count > MostSpins)
                    return false;
            }
        }
        return true;
    }

    /// <summary>Returns whether a thread is in no visit. It is called after the fence.</summary>
    public static bool IsOver<TThreads>(ulong* word)
        where TThreads : struct, IThreads => TThreads.Read(word) == 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong* MakeOwn()
    {
        lock (Lock)
        {
            // Threads that ended are in no visit, so new threads get their words.
            var entry = Array.Find(entries, entry => !entry.Thread.IsAlive);
            if (entry is null)
            {
                entry = new Entry { Word = (ulong*)NativeMemory.AlignedAlloc(WordBytes, WordBytes) };
                *entry.Word = 0;
                Volatile.Write(ref entries, [.. entries, entry]);
            }
            entry.Thread = Thread.CurrentThread;
            return own = entry.Word;
        }
    }

    private sealed class Entry
    {
        public required ulong* Word { get; init; }

        public Thread Thread { get; set; } = Thread.CurrentThread;
    }
}
