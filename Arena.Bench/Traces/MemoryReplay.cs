using System.Globalization;
using System.Runtime.InteropServices;
using Arena.Pools;

namespace Arena.Bench.Traces;

/// <summary>
/// Measures how much memory a trace takes: a replay in which every block is written whole, on a fresh allocator in a
/// fresh process. <c>peer_traces.c</c> does the same for C.
/// </summary>
internal static unsafe class MemoryReplay
{
    public const string Option = "--trace-memory";
    public const string HeapWord = "heap";
    public const string BuddyWord = "buddy";

    private const int Samples = 512;

    /// <summary>Runs the child's side, which writes one line: the bytes that became resident, and the committed ones.
    /// </summary>
    public static int Serve(string word, string path)
    {
        var trace = PackedTrace.Pack(path);
        // Once before, on a separate arena: what the runtime allocates meanwhile is not the allocator's.
        Measure(word, trace, out _);
        GC.Collect();
        var grown = Measure(word, trace, out var committed);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{grown} {committed}"));
        return 0;
    }

    private static nuint Measure(string word, PackedTrace trace, out nuint committed)
    {
        var places = (void**)NativeMemory.AllocZeroed((nuint)trace.PlaceCount + 1, (nuint)sizeof(void*));
        new Span<nint>(places, trace.PlaceCount).Fill(1);
        using var anonymous = new AnonymousMemory();
        anonymous.Bytes();
        var before = anonymous.Bytes();
        using var arena = new PageArena("trace");
        var most = word == HeapWord
            ? Most(new HeapMemory(new Heap(arena)), trace, places, anonymous)
            : Most(new BuddyMemory(BuddyMemory.For(trace, arena)), trace, places, anonymous);
        committed = arena.PeakCommittedBytes;
        NativeMemory.Free(places);
        return most - nuint.Min(before, most);
    }

    private static nuint Most<TMemory>(
        TMemory memory, PackedTrace trace, void** places, AnonymousMemory anonymous)
        where TMemory : struct, ITraceMemory
    {
        nuint most = 0;
        var done = 0;
        for (var sample = 1; sample <= Samples; sample++)
        {
            var end = (int)((long)trace.RecordedEnd * sample / Samples);
            // An aligned allocation is two words, which must not be separated.
            if (end > 0 && (trace.Events[end - 1] & 3) == PackedTrace.AllocateAligned)
                end++;
            if (done < trace.PeakEnd && trace.PeakEnd < end)
            {
                Write(memory, trace.Events[done..trace.PeakEnd], places);
                done = trace.PeakEnd;
                most = nuint.Max(most, anonymous.Bytes());
            }
            Write(memory, trace.Events[done..end], places);
            done = end;
            most = nuint.Max(most, anonymous.Bytes());
        }
        return most;
    }

    private static void Write<TMemory>(TMemory memory, ReadOnlySpan<ulong> events, void** places)
        where TMemory : struct, ITraceMemory
    {
        for (var i = 0; i < events.Length; i++)
        {
            var packed = events[i];
            var place = places + ((uint)packed >> 2);
            var byteCount = (nuint)(packed >> 32);
            switch ((uint)packed & 3)
            {
                case PackedTrace.Allocate:
                    *place = memory.Allocate(byteCount);
                    break;
                case PackedTrace.Free:
                    memory.Free(*place);
                    continue;
                case PackedTrace.Reallocate:
                    *place = memory.Reallocate(*place, byteCount);
                    break;
                default:
                    *place = memory.AllocateAligned(byteCount, (nuint)events[++i]);
                    break;
            }
            NativeMemory.Fill(*place, byteCount, 1);
        }
    }
}
