using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// Threads that look at segments which are not theirs: a free of what another thread owns, a count, a walk. Each thread
/// has a word that says so, and writes it without an atomic step. Who wants to give a segment's addresses back first
/// takes it out of the table in which all look for it, and then asks all words:
/// <code>
/// a visitor                           | who gives back
/// 1. its word is not 0                | 1. the segment is in the table no more
/// 2. finds the segment, or not        | 2. a fence in every thread of the process
/// 3. touches it                       | 3. waits until each word is 0
/// 4. its word is 0 again              | 4. gives the addresses back
/// </code>
/// The fence falls somewhere in the visitor: before 2, and the visitor does not find the segment; or after 1, and who
/// gives back sees the word. So a visit costs no fence of its own.
/// </summary>
internal static unsafe class SegmentVisits
{
    // A word of each thread, on a pair of lines of its own.
    private const int WordBytes = 128;

    // A thread that has a visit and no processor is waited for, but not for ever.
    private const int MostSpins = 200;

    private static readonly Lock Lock = new();
    private static Entry[] entries = [];

    [ThreadStatic]
    private static ulong* own;

    /// <summary>The calling thread's word: how many visits it is in.</summary>
    public static ulong* Own
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => own != null ? own : MakeOwn();
    }

    /// <summary>Begins a visit, before the segment is looked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter<TThreads>(ulong* word)
        where TThreads : struct, IThreads => TThreads.Write(word, TThreads.Read(word) + 1);

    /// <summary>Ends it, after the segment was touched for the last time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Leave<TThreads>(ulong* word)
        where TThreads : struct, IThreads => TThreads.Write(word, TThreads.Read(word) - 1);

    /// <summary>Waits until no thread can be at what was hidden before; false where one stays too long.</summary>
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

    /// <summary>Whether a thread is in no visit; asked behind the fence.</summary>
    public static bool IsOver<TThreads>(ulong* word)
        where TThreads : struct, IThreads => TThreads.Read(word) == 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong* MakeOwn()
    {
        lock (Lock)
        {
            // Threads that ended are in no visit: their words go to those that come.
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
