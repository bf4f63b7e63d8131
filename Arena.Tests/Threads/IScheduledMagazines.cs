using Arena.Pools;

namespace Arena.Tests.Threads;

/// <summary>Makes every access to a magazine a step as well, for threads that take places from it.</summary>
internal unsafe interface IScheduledMagazines : IScheduledThreads
{
    static ulong IThreads.ReadOwn(ulong* word) => Turn.Current.Read(word);

    static void IThreads.WriteOwn(ulong* word, ulong value) => Turn.Current.Write(word, value);
}
