using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>The operations if there is only the owner, and nothing is shared.</summary>
internal readonly unsafe struct OneThread : IThreads
{
    public static bool AreMany
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ulong* word) => *word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ulong* word, ulong value) => *word = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ReadOwn(ulong* word) => *word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteOwn(ulong* word, ulong value) => *word = value;

    public static bool TryReplace(ulong* word, ulong expected, ulong value) => throw new NotSupportedException();

    public static void Add(ulong* word, ulong value) => throw new NotSupportedException();

    public static void Or(ulong* word, ulong bits) => throw new NotSupportedException();

    public static ulong And(ulong* word, ulong bits) => throw new NotSupportedException();

    public static void FenceAll() => throw new NotSupportedException();
}
