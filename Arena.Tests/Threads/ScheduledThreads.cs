namespace Arena.Tests.Threads;

/// <summary>Every access to a shared word is a step.</summary>
internal readonly struct ScheduledThreads : IScheduledThreads;

/// <summary>Broken: the words of pending bits do not count how often they were taken.</summary>
internal readonly unsafe struct WithoutVersions : IScheduledThreads
{
    public static void Add(ulong* word, ulong value) =>
        Turn.Current.Change(word, before => unchecked((uint)(before + value)));
}

/// <summary>Broken: sets pending bits whatever became of the word since it was read.</summary>
internal readonly unsafe struct WithoutComparison : IScheduledThreads
{
    public static bool TryReplace(ulong* word, ulong expected, ulong value)
    {
        Turn.Current.Change(word, before => before | (value & ~expected));
        return true;
    }
}

/// <summary>Broken: what the owner writes before it takes pending bits comes after it.</summary>
internal readonly unsafe struct PendingBeforeLive : IScheduledThreads
{
    [ThreadStatic]
    private static ulong* delayed;

    [ThreadStatic]
    private static ulong delayedValue;

    public static void Write(ulong* word, ulong value)
    {
        delayed = word;
        delayedValue = value;
    }

    public static void Add(ulong* word, ulong value)
    {
        Turn.Current.Change(word, before => unchecked(before + value));
        Turn.Current.Write(delayed, delayedValue);
    }
}

/// <summary>Broken: the thread that gives addresses back does not make the other threads' stores visible.</summary>
internal readonly struct WithoutFence : IScheduledThreads
{
    public static void FenceAll()
    {
    }
}

/// <summary>Every access to a magazine is a step as well.</summary>
internal readonly struct ScheduledMagazines : IScheduledMagazines;

/// <summary>Broken: the thread that takes from a magazine does not make the owner's stores visible.</summary>
internal readonly struct MagazinesWithoutFence : IScheduledMagazines
{
    public static void FenceAll()
    {
    }
}

/// <summary>Broken: a free clears the live bit before it writes the entry of the magazine.</summary>
internal readonly unsafe struct LiveBeforeEntry : IScheduledMagazines
{
    [ThreadStatic]
    private static List<(nint Word, ulong Value)>? delayed;

    /// <summary>Forgets what a turn that ended in the middle has delayed.</summary>
    public static void Reset() => delayed = null;

    public static void Write(ulong* word, ulong value)
    {
        Turn.Current.Write(word, value);
        var writes = delayed ?? [];
        delayed = null;
        foreach (var (own, ownValue) in writes)
            Turn.Current.Write((ulong*)own, ownValue);
    }

    public static void WriteOwn(ulong* word, ulong value) => (delayed ??= []).Add(((nint)word, value));
}
