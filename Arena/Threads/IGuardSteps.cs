using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The accesses of a <see cref="ThreadGuard"/> to what its threads share. It is a struct as type argument, so that a
/// test can order every access of every thread.
/// </summary>
internal interface IGuardSteps
{
    static abstract int Read(ref int word);

    /// <summary>Writes a word, which other threads may see after this thread's next reads.</summary>
    static abstract void Write(ref int word, int value);

    /// <summary>
    /// Replaces a word if it has the expected value, in one atomic step, which all threads see before later steps.
    /// </summary>
    static abstract bool TryReplace(ref int word, int expected, int value);

    /// <summary>Makes a full fence in every thread of the process, somewhere between two of its steps.</summary>
    static abstract void FenceAll();
}

/// <summary>The accesses as the processor makes them.</summary>
internal readonly struct GuardSteps : IGuardSteps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ref int word) => Volatile.Read(ref word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref int word, int value) => Volatile.Write(ref word, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReplace(ref int word, int expected, int value) =>
        Interlocked.CompareExchange(ref word, value, expected) == expected;

    public static void FenceAll() => Interlocked.MemoryBarrierProcessWide();
}
