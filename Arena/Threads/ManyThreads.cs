using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>The operations if any thread may free the owner's allocations.</summary>
internal readonly unsafe struct ManyThreads : IThreads
{
    public static bool AreMany
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ulong* word) => Volatile.Read(ref *word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ulong* word, ulong value) => Volatile.Write(ref *word, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ReadOwn(ulong* word) => *word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteOwn(ulong* word, ulong value) => *word = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReplace(ulong* word, ulong expected, ulong value) =>
        Interlocked.CompareExchange(ref *word, value, expected) == expected;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ulong* word, ulong value) => Interlocked.Add(ref *word, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Or(ulong* word, ulong bits) => Interlocked.Or(ref *word, bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong And(ulong* word, ulong bits) => Interlocked.And(ref *word, bits);

    public static void FenceAll() => Interlocked.MemoryBarrierProcessWide();
}
