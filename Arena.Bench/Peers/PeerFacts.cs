using Arena.Bench.Contestants;

namespace Arena.Bench.Peers;

/// <summary>A C allocator's version and its way with frees, found out in a process that it serves.</summary>
/// <param name="Version">Its version, or what else distinguishes it from another one.</param>
/// <param name="Frees">The fate of a second free.</param>
internal sealed record PeerFacts(string Version, FreeCheck Frees)
{
    // An allocator that refuses a free ends the process, each in its way. These ends are those of a broken heap: a bus
    // error, a kill, a fault, the probe's alarm.
    private static readonly int[] Breakdowns = [128 + 7, 128 + 9, 128 + 11, 128 + 14];

    /// <summary>Returns the facts, or null if the library is missing or does not serve malloc.</summary>
    public static PeerFacts? Of(string program, CPeer peer)
    {
        using var process = PeerProcess.TryStart(program, peer, "probe");
        if (process is null)
            return null;
        var said = process.Line() ?? "";
        var handedOutTwice = process.Line();
        var code = process.End();
        var isChecked = handedOutTwice is null ? !Breakdowns.Contains(code) : handedOutTwice == "0";
        return new PeerFacts(
            said.Length > 0 ? said : PeerVersion.Of(process.ServedBy),
            isChecked ? FreeCheck.Checked : FreeCheck.Unchecked);
    }
}
