using Arena.Bench.Workloads;

namespace Arena.Bench.Quick;

/// <summary>
/// H1 to H4: saving a state of 64 MiB and going back, beside plain copies of it. Run where they are named.
/// </summary>
internal static class HistorySuite
{
    private const string Tracked = "Save, pages tracked";
    private const string Compared = "Save, pages compared";
    private const string Chosen = "Save";
    private const string Copy = "full copy";
    private const nuint LiveBytes = 64 << 20;
    private const nuint SmallBytes = 768 << 10;

    public static IEnumerable<(string Id, Func<Experiment> Make)> All()
    {
        yield return ("H1-200", () => Saves("H1-200", 200, 1.0 / 50));
        yield return ("H1-1500", () => Saves("H1-1500", 1500, 1.0 / 12));
        yield return ("H1-same", () => Saves("H1-same", 1500, 1.0 / 12, isSame: true));
        yield return ("H2", () => Restores("H2", 200, isSame: false));
        yield return ("H2-same", () => Restores("H2-same", 1500, isSame: true));
        yield return ("H3", () => Writes("H3", isSame: false));
        yield return ("H3-same", () => Writes("H3-same", isSame: true));
        yield return ("H4", Small);
    }

    private static Experiment Saves(string id, int pages, double limit, bool isSame = false)
    {
        var e = new Experiment(
            id, $"save 64 MiB and its checksum; {pages:N0} pages were written, {Which(isSame)}", "frame")
        {
            SettlingOperations = 20,
        };
        e.Contestants.Add(
            Contestant.Of(Tracked, new FrameSaves(LiveBytes, pages, HistoryMechanism.WriteTracking, isSame)));
        e.Contestants.Add(
            Contestant.Of(Compared, new FrameSaves(LiveBytes, pages, HistoryMechanism.Comparing, isSame)));
        e.Contestants.Add(Contestant.Of(Copy, new FrameCopies(LiveBytes, pages, isSame)));
        e.Promises.Add(new Promise(Tracked, Copy, limit));
        return e;
    }

    private static string Which(bool isSame) => isSame ? "the same in every frame" : "at random";

    private static Experiment Restores(string id, int pages, bool isSame)
    {
        const string Restore = "Restore";
        const string Plain = "copy of the changed pages";
        var e = new Experiment(
            id, $"{FrameRestores.Back} frames of {pages:N0} written pages back, {Which(isSame)}; 64 MiB", "restore")
        {
            SettlingOperations = 20,
        };
        e.Contestants.Add(
            Contestant.Of(Restore, new FrameRestores(LiveBytes, pages, HistoryMechanism.WriteTracking, isSame)));
        e.Contestants.Add(Contestant.Of(Plain, new FrameCopiesBack(LiveBytes, pages, isSame)));
        e.Promises.Add(new Promise(Restore, Plain, 1.5));
        return e;
    }

    // What a frame's writes take longer, by pages.
    private static Experiment Writes(string id, bool isSame)
    {
        var e = new Experiment(
            id, $"write to 200 pages of 64 MiB, after a save and without, {Which(isSame)}", "frame")
        {
            SettlingOperations = 20,
        };
        e.Contestants.Add(
            Contestant.Of("after a save", new FrameWrites(LiveBytes, 200, HistoryMechanism.WriteTracking, isSame)));
        e.Contestants.Add(Contestant.Of("no history", new FrameWrites(LiveBytes, 200, null, isSame)));
        return e;
    }

    private static Experiment Small()
    {
        var e = new Experiment("H4", "save 768 KiB and their checksum; 50 pages were written", "frame");
        e.Contestants.Add(Contestant.Of(Chosen, new FrameSaves(SmallBytes, 50, HistoryMechanism.Best)));
        e.Contestants.Add(Contestant.Of(Copy, new FrameCopies(SmallBytes, 50)));
        e.Promises.Add(new Promise(Chosen, Copy, 1.0));
        return e;
    }
}
