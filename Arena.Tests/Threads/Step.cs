namespace Arena.Tests.Threads;

/// <summary>The operations of a virtual thread.</summary>
internal enum Act
{
    /// <summary>The owner pops a place from its magazine. Result: its number, or -1.</summary>
    Allocate,

    /// <summary>The owner frees a place. Result: 1, or 0 if it is refused.</summary>
    FreeOwn,

    /// <summary>
    /// Another thread frees a place and notifies the owner. Result: a <see cref="Arena.Pools.RemoteFreeResult"/>.
    /// </summary>
    FreeRemotely,

    /// <summary>
    /// The owner takes the pending places. Result: bits of places taken, from bit 8 on of those twice.
    /// </summary>
    Drain,

    /// <summary>Another thread takes the segment over.</summary>
    TakeOver,

    /// <summary>The owner hands something to another thread: a plain store after those of before.</summary>
    Publish,

    /// <summary>Waits for it.</summary>
    Await,

    /// <summary>Another thread looks for the segment, and touches it if it is there. Result: 1, or 0.</summary>
    Visit,

    /// <summary>The owner gives the segment's addresses back.</summary>
    GiveBack,

    /// <summary>
    /// The owner pops a place, or takes the slow path if it is stopped. Result: its number, or -1.
    /// </summary>
    AllocateBeside,

    /// <summary>The owner frees a place in the same way. Result: 1, or 0 where it is refused.</summary>
    FreeBeside,

    /// <summary>
    /// Another thread stops the owner and takes what is free. Result: bits of places taken, or 0.
    /// </summary>
    TakeIdle,

    /// <summary>Broken: reads the entries in doubt, then looks for what is free.</summary>
    DoubtThenTakeIdle,

    /// <summary>Broken: takes the last entry of the magazine as well.</summary>
    TakeIdleWithLast,

    /// <summary>Broken: the owner's slow path does not say that it is inside.</summary>
    FreeUnannounced,

    /// <summary>Broken: finds the segment, then says that it visits.</summary>
    FindThenVisit,

    /// <summary>Broken: waits for the visitors, then hides the segment.</summary>
    AwaitThenHide,

    /// <summary>Broken: looks, then lowers the flag that made it look.</summary>
    DrainThenLower,

    /// <summary>Broken: notifies from above.</summary>
    FreeNotifyingFromAbove,

    /// <summary>Broken: looks, then takes the segment over.</summary>
    LookThenTakeOver,

    /// <summary>
    /// Another thread frees the places of a set, those of a word together, and notifies the owner at the end. Result:
    /// by place 4 bits, whose number is a <see cref="Arena.Pools.RemoteFreeResult"/> plus 1, or 0 if it stopped before.
    /// </summary>
    FreeTogether,

    /// <summary>Broken: looks at the live bits once, however often the word changes.</summary>
    FreeTogetherLookingOnce,

    /// <summary>Broken: looks at the first place of a word alone.</summary>
    FreeTogetherLookingAtFirst,

    /// <summary>Broken: notifies the owner, then frees.</summary>
    NotifyThenFreeTogether,

    /// <summary>Broken: notifies the owner after the first word, and not after the others.</summary>
    FreeTogetherNotifyingOfFirst,

    /// <summary>Broken: notifies the owner from above.</summary>
    FreeTogetherNotifyingFromAbove,

    /// <summary>Broken: another thread looks, and returns as if it had freed. Result: as of one free.</summary>
    KeepBack,

    /// <summary>Broken: frees what was kept back. Result: as of one free.</summary>
    FreeKeptBack,
}

/// <summary>One operation, on one place.</summary>
/// <param name="Act">The kind of operation.</param>
/// <param name="Place">The place's number in <see cref="Scene"/>.</param>
/// <param name="IsLast">It starts when all other threads are done.</param>
internal readonly record struct Operation(Act Act, int Place = 0, bool IsLast = false);

/// <summary>The operations of a virtual thread, and its heap if it is an owner.</summary>
internal sealed record Plan(int Heap, params Operation[] Operations);

/// <summary>A store that its thread has made and no other thread sees.</summary>
internal readonly record struct Store(int Word, ulong Value, int Operation);

/// <summary>The state of all threads after some steps. It is immutable.</summary>
internal sealed record State
{
    /// <summary>Operations of a thread have numbers of this many, so that sets of them are bits.</summary>
    public const int OperationsPerThread = 8;

    public required ulong[] Words { get; init; }

    /// <summary>By thread: the results of all accesses so far, which determine the position of the thread.</summary>
    public required ulong[][] Results { get; init; }

    /// <summary>By thread: the stores that others do not see, the oldest first.</summary>
    public required Store[][] Buffers { get; init; }

    /// <summary>By thread: the results of all its operations, once it is done.</summary>
    public required int[]?[] Ends { get; init; }

    /// <summary>Bits of operations that have returned.</summary>
    public ulong Returned { get; init; }

    /// <summary>By operation: those that had returned, with all their stores seen, when it started.</summary>
    public required ulong[] Before { get; init; }

    public ulong Started { get; init; }

    public State? Parent { get; init; }

    public string Step { get; init; } = "";

    /// <summary>Bits of operations that have returned, and all of whose stores, and those before, are seen.</summary>
    public ulong Over
    {
        get
        {
            var over = Returned;
            for (var thread = 0; thread < Buffers.Length; thread++)
            {
                if (Buffers[thread].Length == 0)
                    continue;
                var first = Buffers[thread][0].Operation;
                var end = (thread + 1) * OperationsPerThread;
                over &= ~((1UL << end) - (1UL << first));
            }
            return over;
        }
    }

    /// <summary>Equal for states from which the same can follow.</summary>
    public string Key()
    {
        var key = new List<ulong>(Words) { Returned, Started };
        key.AddRange(Before);
        for (var thread = 0; thread < Results.Length; thread++)
        {
            key.Add((ulong)Results[thread].Length << 32 | (uint)Buffers[thread].Length);
            key.AddRange(Results[thread]);
            foreach (var store in Buffers[thread])
            {
                key.Add((ulong)store.Word << 32 | (uint)store.Operation);
                key.Add(store.Value);
            }
        }
        var bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(key);
        return new string(System.Runtime.InteropServices.MemoryMarshal.Cast<ulong, char>(bytes));
    }

    /// <summary>The steps that led here, a line each.</summary>
    public string Schedule()
    {
        var steps = new List<string>();
        for (var state = this; state.Parent is not null; state = state.Parent)
            steps.Add(state.Step);
        steps.Reverse();
        return string.Join('\n', steps);
    }
}
