using Arena.Pools;

namespace Arena.Tests.Threads;

/// <summary>Every access is a step of <see cref="Turn"/>.</summary>
internal readonly unsafe struct ScheduledThreads : IThreads
{
    public static bool AreMany => true;

    public static ulong Read(ulong* word) => Turn.Current.Read(word);

    public static void Write(ulong* word, ulong value) => Turn.Current.Write(word, value);

    public static ulong ReadOwn(ulong* word) => *word;

    public static void WriteOwn(ulong* word, ulong value) => *word = value;

    public static bool TryReplace(ulong* word, ulong expected, ulong value) =>
        Turn.Current.Change(word, before => before == expected ? value : before) == expected;

    public static void Add(ulong* word, ulong value) =>
        Turn.Current.Change(word, before => unchecked(before + value));

    public static void Or(ulong* word, ulong bits) => Turn.Current.Change(word, before => before | bits);

    public static ulong And(ulong* word, ulong bits) => Turn.Current.Change(word, before => before & bits);

    public static void FenceAll() => Turn.Current.FenceAll();
}

/// <summary>Broken: the words of pending bits do not count how often they were taken.</summary>
internal readonly unsafe struct WithoutVersions : IThreads
{
    public static bool AreMany => true;

    public static ulong Read(ulong* word) => ScheduledThreads.Read(word);

    public static void Write(ulong* word, ulong value) => ScheduledThreads.Write(word, value);

    public static ulong ReadOwn(ulong* word) => *word;

    public static void WriteOwn(ulong* word, ulong value) => *word = value;

    public static bool TryReplace(ulong* word, ulong expected, ulong value) =>
        ScheduledThreads.TryReplace(word, expected, value);

    public static void Add(ulong* word, ulong value) =>
        Turn.Current.Change(word, before => unchecked((uint)(before + value)));

    public static void Or(ulong* word, ulong bits) => ScheduledThreads.Or(word, bits);

    public static ulong And(ulong* word, ulong bits) => ScheduledThreads.And(word, bits);

    public static void FenceAll() => ScheduledThreads.FenceAll();
}

/// <summary>Broken: what the owner writes before it takes pending bits comes after it.</summary>
internal readonly unsafe struct PendingBeforeLive : IThreads
{
    [ThreadStatic]
    private static ulong* delayed;

    [ThreadStatic]
    private static ulong delayedValue;

    public static bool AreMany => true;

    public static ulong Read(ulong* word) => ScheduledThreads.Read(word);

    public static void Write(ulong* word, ulong value)
    {
        delayed = word;
        delayedValue = value;
    }

    public static ulong ReadOwn(ulong* word) => *word;

    public static void WriteOwn(ulong* word, ulong value) => *word = value;

    public static bool TryReplace(ulong* word, ulong expected, ulong value) =>
        ScheduledThreads.TryReplace(word, expected, value);

    public static void Add(ulong* word, ulong value)
    {
        ScheduledThreads.Add(word, value);
        ScheduledThreads.Write(delayed, delayedValue);
    }

    public static void Or(ulong* word, ulong bits) => ScheduledThreads.Or(word, bits);

    public static ulong And(ulong* word, ulong bits) => ScheduledThreads.And(word, bits);

    public static void FenceAll() => ScheduledThreads.FenceAll();
}

/// <summary>Every access to a magazine is a step as well, for threads that take places from it.</summary>
internal readonly unsafe struct ScheduledMagazines : IThreads
{
    public static bool AreMany => true;

    public static ulong Read(ulong* word) => ScheduledThreads.Read(word);

    public static void Write(ulong* word, ulong value) => ScheduledThreads.Write(word, value);

    public static ulong ReadOwn(ulong* word) => Turn.Current.Read(word);

    public static void WriteOwn(ulong* word, ulong value) => Turn.Current.Write(word, value);

    public static bool TryReplace(ulong* word, ulong expected, ulong value) =>
        ScheduledThreads.TryReplace(word, expected, value);

    public static void Add(ulong* word, ulong value) => ScheduledThreads.Add(word, value);

    public static void Or(ulong* word, ulong bits) => ScheduledThreads.Or(word, bits);

    public static ulong And(ulong* word, ulong bits) => ScheduledThreads.And(word, bits);

    public static void FenceAll() => ScheduledThreads.FenceAll();
}

/// <summary>Broken: the thread that takes from a magazine does not make the owner's stores visible.</summary>
internal readonly unsafe struct MagazinesWithoutFence : IThreads
{
    public static bool AreMany => true;

    public static ulong Read(ulong* word) => ScheduledThreads.Read(word);

    public static void Write(ulong* word, ulong value) => ScheduledThreads.Write(word, value);

    public static ulong ReadOwn(ulong* word) => Turn.Current.Read(word);

    public static void WriteOwn(ulong* word, ulong value) => Turn.Current.Write(word, value);

    public static bool TryReplace(ulong* word, ulong expected, ulong value) =>
        ScheduledThreads.TryReplace(word, expected, value);

    public static void Add(ulong* word, ulong value) => ScheduledThreads.Add(word, value);

    public static void Or(ulong* word, ulong bits) => ScheduledThreads.Or(word, bits);

    public static ulong And(ulong* word, ulong bits) => ScheduledThreads.And(word, bits);

    public static void FenceAll()
    {
    }
}

/// <summary>Broken: a free clears the live bit before it writes the entry of the magazine.</summary>
internal readonly unsafe struct LiveBeforeEntry : IThreads
{
    [ThreadStatic]
    private static List<(nint Word, ulong Value)>? delayed;

    public static bool AreMany => true;

    /// <summary>Forgets what a turn that ended in the middle has delayed.</summary>
    public static void Reset() => delayed = null;

    public static ulong Read(ulong* word) => ScheduledThreads.Read(word);

    public static void Write(ulong* word, ulong value)
    {
        ScheduledThreads.Write(word, value);
        var writes = delayed ?? [];
        delayed = null;
        foreach (var (own, ownValue) in writes)
            Turn.Current.Write((ulong*)own, ownValue);
    }

    public static ulong ReadOwn(ulong* word) => Turn.Current.Read(word);

    public static void WriteOwn(ulong* word, ulong value) => (delayed ??= []).Add(((nint)word, value));

    public static bool TryReplace(ulong* word, ulong expected, ulong value) =>
        ScheduledThreads.TryReplace(word, expected, value);

    public static void Add(ulong* word, ulong value) => ScheduledThreads.Add(word, value);

    public static void Or(ulong* word, ulong bits) => ScheduledThreads.Or(word, bits);

    public static ulong And(ulong* word, ulong bits) => ScheduledThreads.And(word, bits);

    public static void FenceAll() => ScheduledThreads.FenceAll();
}

/// <summary>Broken: the thread that gives addresses back does not make the other threads' stores visible.</summary>
internal readonly unsafe struct WithoutFence : IThreads
{
    public static bool AreMany => true;

    public static ulong Read(ulong* word) => ScheduledThreads.Read(word);

    public static void Write(ulong* word, ulong value) => ScheduledThreads.Write(word, value);

    public static ulong ReadOwn(ulong* word) => *word;

    public static void WriteOwn(ulong* word, ulong value) => *word = value;

    public static bool TryReplace(ulong* word, ulong expected, ulong value) =>
        ScheduledThreads.TryReplace(word, expected, value);

    public static void Add(ulong* word, ulong value) => ScheduledThreads.Add(word, value);

    public static void Or(ulong* word, ulong bits) => ScheduledThreads.Or(word, bits);

    public static ulong And(ulong* word, ulong bits) => ScheduledThreads.And(word, bits);

    public static void FenceAll()
    {
    }
}
