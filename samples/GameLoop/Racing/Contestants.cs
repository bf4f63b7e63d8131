using System.ComponentModel;
using GameLoop.Options;

namespace GameLoop.Racing;

/// <summary>The contestants of a run.</summary>
internal static class Contestants
{
    /// <summary>The name of every contestant of a run, in their order.</summary>
    public static IReadOnlyList<string> Names(RunOptions options) =>
        [.. All(options).Select(static each => LocalContestant.NameOf(each.Backend, each.Options))];

    /// <summary>Starts a process for each.</summary>
    /// <returns>The contestants; null where no process can be started.</returns>
    public static IReadOnlyList<IContestant>? Start(RunOptions options)
    {
        List<IContestant> started = [];
        try
        {
            foreach (var (backend, its) in All(options))
            {
                started.Add(ChildContestant.Start(
                    LocalContestant.NameOf(backend, its), ChildProcess.Of(backend, its)));
            }
            return started;
        }
        catch (Win32Exception)
        {
            started.ForEach(static each => each.Dispose());
            return null;
        }
    }

    /// <summary>Makes them in this process, whose memory and collector they share.</summary>
    public static IReadOnlyList<IContestant> Here(RunOptions options) =>
        [.. All(options).Select(static each => new LocalContestant(each.Backend, each.Options))];

    private static IEnumerable<(Backend Backend, RunOptions Options)> All(RunOptions options)
    {
        foreach (var backend in options.Backends)
        {
            yield return (backend, options);
            if (backend == Backend.Arena && options.Threads > 1)
            {
                yield return (backend, options with { JobThreads = 1 });
                yield return (backend, options with { JobThreads = options.Threads });
            }
            if (backend != Backend.Gc || !options.ComparesGcSettings)
                continue;
            foreach (var setting in Enum.GetValues<GcSetting>().Where(static each => each != GcSetting.Default))
                yield return (backend, options with { GcSetting = setting });
        }
    }
}
