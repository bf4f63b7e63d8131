using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// Visits of threads to segments that they do not own: a remote free, a count, a walk. Each thread has a word for a
/// heap, which it writes without an atomic step. A thread that wants to give a segment's addresses back first takes the
/// segment out of the table in which all threads look it up, and then reads the words of all threads for this heap:
/// <code>
/// a visitor                           | a thread that gives back
/// 1. its word is not 0                | 1. takes the segment out of the table
/// 2. finds the segment, or not        | 2. a fence in every thread of the process
/// 3. touches it                       | 3. waits until each word is 0
/// 4. its word is 0 again              | 4. gives the addresses back
/// </code>
/// The fence falls somewhere in the visitor: either before 2, and the visitor does not find the segment, or after 1,
/// and the thread that gives back sees the word. So a visit costs no fence of its own. Heaps take turns with 128 words,
/// so that a long visit to one heap does not keep another one from giving back.
/// </summary>
internal static unsafe class SegmentVisits
{
    /// <summary>The number for a heap of one thread.</summary>
    public const int None = -1;

    // The words of a thread, which share no pair of cache lines with those of others.
    private const int Words = 128;
    private const int Alignment = 128;

    // A visiting thread that has lost its processor is waited for, but not for ever.
    private const int MostSpins = 200;

    private static readonly Lock Lock = new();
    private static Entry[] entries = [];
    private static int lastHeap;

    [ThreadStatic]
    private static ulong* own;

    /// <summary>Returns the number of the words for a new heap.</summary>
    public static int NextHeap() => (int)((uint)Interlocked.Increment(ref lastHeap) % Words);

    /// <summary>Returns the calling thread's word for a heap, which counts the visits that it is in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* OwnFor(int heap) => (own != null ? own : MakeOwn()) + heap;

    /// <summary>Begins a visit, before the segment is looked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter<TThreads>(ulong* word)
        where TThreads : struct, IThreads => TThreads.Write(word, TThreads.Read(word) + 1);

    /// <summary>Ends a visit, after the segment was touched for the last time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Leave<TThreads>(ulong* word)
        where TThreads : struct, IThreads => TThreads.Write(word, TThreads.Read(word) - 1);

    /// <summary>
    /// Waits until no thread can be visiting a segment of a heap that was hidden before. Returns false if a visit lasts
    /// too long.
    /// </summary>
    public static bool AwaitNone(int heap)
    {
        ManyThreads.FenceAll();
        if (own != null && own[heap] != 0)
            return false;
        foreach (var entry in Volatile.Read(ref entries))
        {
            var word = entry.Words + heap;
            for (var spin = new SpinWait(); !IsOver<ManyThreads>(word); spin.SpinOnce(sleep1Threshold: -1))
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
                entry = new Entry { Words = (ulong*)NativeMemory.AlignedAlloc(Words * sizeof(ulong), Alignment) };
                new Span<ulong>(entry.Words, Words).Clear();
                Volatile.Write(ref entries, [.. entries, entry]);
            }
            entry.Thread = Thread.CurrentThread;
            return own = entry.Words;
        }
    }

    private sealed class Entry
    {
        public required ulong* Words { get; init; }

        public Thread Thread { get; set; } = Thread.CurrentThread;
    }
}
