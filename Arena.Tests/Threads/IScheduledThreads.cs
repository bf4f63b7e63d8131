using Arena.Pools;

namespace Arena.Tests.Threads;

/// <summary>
/// Makes every access to a shared word a step of <see cref="Turn"/>. A type that breaks one of them defines that alone.
/// </summary>
internal unsafe interface IScheduledThreads : IThreads
{
    static bool IThreads.AreMany => true;

    static ulong IThreads.Read(ulong* word) => Turn.Current.Read(word);

    static void IThreads.Write(ulong* word, ulong value) => Turn.Current.Write(word, value);

    static ulong IThreads.ReadOwn(ulong* word) => *word;

    static void IThreads.WriteOwn(ulong* word, ulong value) => *word = value;

    static bool IThreads.TryReplace(ulong* word, ulong expected, ulong value) =>
        Turn.Current.Change(word, before => before == expected ? value : before) == expected;

    static void IThreads.Add(ulong* word, ulong value) =>
        Turn.Current.Change(word, before => unchecked(before + value));

    static void IThreads.Or(ulong* word, ulong bits) => Turn.Current.Change(word, before => before | bits);

    static ulong IThreads.And(ulong* word, ulong bits) => Turn.Current.Change(word, before => before & bits);

    static void IThreads.FenceAll() => Turn.Current.FenceAll();
}
